"""Giving a case back over HTTP: the reasons, the preview, and what the donor then really reads."""

import pytest

from registry.models import Message
from registry.rules.roles import Role
from sponsorship.actions import verification
from sponsorship.models import ReturnNote
from sponsorship.queries import papers_of
from tests import at_state
from tests.cast import BIMA, MORNING, RARA
from tests.opd_admin.desk_page import QUEUE, address, form_of, page_of, said, words_of
from tests.sponsorship.wizard.walk import sitting
from tests.staff_client import client_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db
CHOSEN = {
    "ktp": ["blurred", "glare"],
    "passbook": ["account_differs"],
    "note": "Mohon difoto ulang.\nTerima kasih.",
}


@pytest.fixture
def way(taken) -> str:
    return address(taken, "kembalikan/")


def previewed(desk, way: str, chosen: dict = CHOSEN):
    """The preview after these reasons, and everything its form would send."""
    answer = desk.post(way, form_of(desk.get(way), "Lihat pesan untuk pendaftar") | chosen | {"lihat": "1"})
    form = page_of(answer).xpath("//form[.//button[@name='kirim']]")[0]
    fields: dict[str, list[str]] = {"kirim": ["1"]}
    for field in form.xpath(".//input[@type='hidden']"):
        fields.setdefault(field.get("name"), []).append(field.get("value", ""))
    return answer, fields


def test_reasons_of_each_paper_are_asked_for(desk, way):
    page = page_of(desk.get(way))

    assert [words_of(legend) for legend in page.xpath("//legend")] == [
        "Surat kuasa yang sudah ditandatangani (opsional)", "KTP (opsional)", "Buku tabungan (opsional)",
    ]  # fmt: skip
    assert "no_stamp" in page.xpath("//input[@name='signed_mandate']/@value")
    assert "nik_differs" not in page.xpath("//input[@name='ktp']/@value")
    assert "not_original" in page.xpath("//input[@name='ktp']/@value")


@pytest.mark.parametrize("button", ["lihat", "kirim"])
def test_neither_reason_nor_note_is_refused_before_the_preview(desk, taken, way, button):
    answer = desk.post(way, form_of(desk.get(way), "Lihat pesan untuk pendaftar") | {button: "1"})

    summary = page_of(answer, 400).xpath("//*[contains(@class, 'error-summary')]//a")[0]
    assert summary.text == verification.NO_REASON.message
    assert summary.get("href")[1:] in page_of(answer, 400).xpath("//input/@id")
    taken.refresh_from_db()
    assert taken.state == "in_check"


def test_note_with_an_account_number_is_refused_and_kept_in_the_box(desk, way):
    chosen = {"note": f"Rekening {RARA.account} keliru", "ktp": ["blurred"], "lihat": "1"}

    page = page_of(desk.post(way, form_of(desk.get(way), "Lihat pesan untuk pendaftar") | chosen), 400)

    assert page.xpath("//*[contains(@class, 'error-summary')]//a/@href") == ["#id_note"]
    assert page.xpath("//textarea/text()")[0].strip() == chosen["note"]
    assert page.xpath("//input[@name='ktp'][@checked]/@value") == ["blurred"]


def test_reason_outside_the_list_is_refused(desk, way):
    chosen = {"ktp": ["ugly"], "lihat": "1"}

    assert desk.post(way, form_of(desk.get(way), "Lihat pesan untuk pendaftar") | chosen).status_code == 400


def test_preview_changes_nothing_and_leads_back_with_every_answer(desk, taken, way):
    answer, fields = previewed(desk, way)
    del fields["kirim"]

    page = page_of(desk.post(way, fields | {"ubah": "1"}))

    assert page.xpath("//input[@name='ktp'][@checked]/@value") == CHOSEN["ktp"]
    assert page.xpath("//textarea/text()")[0].split() == CHOSEN["note"].split()
    taken.refresh_from_db()
    assert taken.state == "in_check"
    assert not Message.objects.filter(event="registration_returned").exists()
    assert page_of(answer).xpath("//main//a/@href") == [address(taken)]


def test_donor_reads_exactly_what_the_verifier_saw(desk, taken, way):
    answer, fields = previewed(desk, way)
    desk.post(way, fields)

    sent = Message.objects.get(event="registration_returned")
    link = next(word for word in sent.body.split() if "/lanjut/" in word)
    shown = words_of(page_of(answer).xpath("//*[@class='desk-message']")[0])
    assert shown == " ".join(sent.body.replace(link, verification.LINK_HIDDEN).split())
    seen, read = (
        words_of(page_of(page).xpath("//section[@aria-labelledby='judul-perbaikan']")[0])
        for page in (answer, sitting(taken).client.get("/saya/"))
    )
    assert seen == read
    assert "Ada pantulan cahaya." in read and "Terima kasih." in read


def test_returned_case_is_told_and_the_verifier_goes_on_to_the_next(desk, taken, way):
    following = at_state.submitted(BIMA)
    _, fields = previewed(desk, way)

    answer = desk.post(way, fields, follow=True)

    assert answer.redirect_chain == [(address(following), 302)]
    assert said(answer) == [f"Pendaftaran {taken.reference} dikembalikan kepada {RARA.name}."]
    assert list(papers_of(taken).values_list("kind", flat=True)) == ["signed_mandate"]
    history = words_of(page_of(desk.get(address(taken))).xpath("//ol[@class='timeline']/li")[0])
    assert "KTP: Gambar buram." in history and "Mohon difoto ulang." in history


def test_same_form_again_gets_the_same_answer_and_another_body_409(desk, way):
    _, fields = previewed(desk, way)
    first = desk.post(way, fields)

    again, other = desk.post(way, fields), desk.post(way, fields | {"note": "Lain"})

    assert (first.status_code, again.status_code, other.status_code) == (302, 302, 409)
    assert again["Location"] == first["Location"]
    assert ReturnNote.objects.count() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_case_that_is_not_in_hand_leads_to_its_fresh_state(desk, taken, way, verifier, method):
    verification.release(registration_id=taken.pk, by=verifier, now=MORNING)

    answer = getattr(desk, method)(way, follow=True)

    assert answer.redirect_chain == [(address(taken), 302)]
    assert said(answer) == [verification.STALE.message]


def test_stale_revision_is_refused_with_the_fresh_state(desk, taken, way, verifier):
    _, fields = previewed(desk, way)
    verification.release(registration_id=taken.pk, by=verifier, now=MORNING)
    verification.take(registration_id=taken.pk, by=verifier, now=MORNING)

    answer = desk.post(way, fields, follow=True)

    assert said(answer) == [verification.STALE.message]
    assert ReturnNote.objects.count() == 0


def test_same_return_from_many_tabs_at_once_is_one_return(committed_db, morning):
    verifier = at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES")
    way = address(at_state.in_check(RARA, verifier), "kembalikan/")
    browsers = [client_of(verifier) for _ in range(8)]
    _, fields = previewed(browsers[0], way)

    answers = at_once([lambda b=browser: b.post(way, fields) for browser in browsers])

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, QUEUE)] * 8
    assert ReturnNote.objects.count() == Message.objects.filter(event="registration_returned").count() == 1
