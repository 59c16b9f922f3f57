"""Reading the desk's pages as a verifier does: rows, messages, and the forms with their hidden fields."""

from lxml import html

from sponsorship.models import Registration

QUEUE = "/kantor/verifikasi/"


def page_of(response, status: int = 200):
    assert response.status_code == status, response.headers.get("Location")
    return html.fromstring(response.content)


def address(made: Registration, ending: str = "") -> str:
    return f"{QUEUE}{made.pk}/{ending}"


def words_of(element) -> str:
    return " ".join(element.text_content().split())


def references(response) -> list[str]:
    return page_of(response).xpath("//tbody//a/text()")


def form_of(response, button: str) -> dict:
    """The hidden fields of the form that carries this button, as a browser would send them."""
    form = page_of(response).xpath(f"//form[.//button[normalize-space()='{button}']]")[0]
    return {field.get("name"): field.get("value", "") for field in form.xpath(".//input[@type='hidden']")}


def said(response) -> list[str]:
    return [words_of(alert) for alert in page_of(response).xpath("//*[contains(@class, 'alert')]")]
