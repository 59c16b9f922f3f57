"""What was seen on the papers by machine stands beside them on the desk, with a reason when it wants a look."""

import pytest

from registry.rules.documents import DocumentKind
from sponsorship.models import RegistrationPaper
from sponsorship.rules.paper_checks import Hint, Qr, SeenPage, to_keep
from tests import at_state
from tests.cast import MORNING, RARA
from tests.opd_admin.desk_page import address, page_of, words_of

pytestmark = pytest.mark.django_db


def saw(made, kind: str, pages: list[SeenPage] | None) -> None:
    RegistrationPaper.objects.filter(registration=made, kind=kind).update(
        seen=to_keep(pages), looked_at=MORNING
    )


def rows_of(desk, made, kind: str) -> dict[str, str]:
    """The rows of the group that belongs to the paper in view."""
    page = page_of(desk.get(f"{address(made)}?berkas={kind}&hal=1"))
    first = page.xpath("(//dl[contains(@class, 'summary-list')])[1]")[0]
    return {
        words_of(dt): " ".join(map(words_of, dt.xpath("./following-sibling::dd")))
        for dt in first.xpath(".//dt")
    }


def test_before_anybody_has_looked_there_is_no_row(desk):
    made = at_state.submitted(RARA)
    for kind in DocumentKind:
        assert {"Kode QR", "Foto"} & set(rows_of(desk, made, kind)) == set()


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (Qr.RIGHT, "cocok"),
        (Qr.OLDER, "periksa Kode QR dari versi surat yang lebih lama."),
        (Qr.OTHER, "periksa Kode QR milik surat lain."),
        (Qr.ALTERED, "periksa Kode QR tidak sama dengan data surat yang dicetak."),
        (None, "periksa Kode QR tidak terbaca; cocokkan nomor suratnya."),
    ],
)
def test_the_code_of_the_mandate_fits_or_wants_a_look(desk, verdict, word):
    made = at_state.submitted(RARA)
    saw(made, "signed_mandate", [SeenPage((), verdict, 1 if verdict is Qr.OLDER else 0)])
    rows = rows_of(desk, made, "signed_mandate")
    assert rows["Kode QR"] == f"diperiksa otomatis {word}"
    assert rows["Foto"] == "diperiksa otomatis cocok"


@pytest.mark.parametrize(
    ("pages", "word"),
    [
        ([SeenPage((Hint.BLURRED, Hint.DARK))], "periksa Foto tampak buram, gelap."),
        ([SeenPage()], "cocok"),
        (None, "periksa Gambar tidak dapat diperiksa otomatis."),
    ],
)
def test_a_photo_that_looks_hard_to_read_wants_a_look(desk, pages, word):
    made = at_state.submitted(RARA)
    saw(made, "ktp", pages)
    rows = rows_of(desk, made, "ktp")
    assert rows["Foto"] == f"diperiksa otomatis {word}"
    assert "Kode QR" not in rows
