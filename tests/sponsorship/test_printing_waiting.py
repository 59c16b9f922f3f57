import io
from dataclasses import replace
from datetime import date

import pypdfium2
import pytest
import zxingcpp

from sponsorship.printing_waiting import ConsentForm, PosterSheet, render_consent_form, render_poster
from sponsorship.rules import waiting

pytestmark = pytest.mark.real_papers

WHO = waiting.Who("Gerakan Contoh Peduli Pekerja Rentan", "Dinas Contoh", "024-000-0000")
POSTER = PosterSheet(
    government="Pemerintah Kota Contoh",
    programme=WHO.programme,
    office=WHO.office,
    help_phone=WHO.help_phone,
    help_hours="Senin sampai Jumat, 08.00-15.00",
    group="Pasar Contoh",
    address="https://contoh.example/pekerja/daftar/ab3d5fgh7jkm/",
    age_limit=65,
)
FORM = ConsentForm(
    government="Pemerintah Kota Contoh",
    programme=WHO.programme,
    office=WHO.office,
    help_phone=WHO.help_phone,
    place="Contoh",
    number="DT-7F3A-9C01",
    text_version=waiting.CONSENT_VERSION,
    printed_on=date(2026, 11, 20),
    name="Sutini Contoh",
    nik="•••• •••• •••• 9001",
    phone="•••• •••• 0001",
    occupation="Pedagang pasar",
    workplace="Pasar Contoh, los 7",
    kelurahan="Miroto",
    paragraphs=waiting.consent_paragraphs(WHO),
)
LONG = "Paguyuban Contoh " * 7


def read(pdf: bytes) -> tuple[int, str]:
    document = pypdfium2.PdfDocument(io.BytesIO(pdf))
    return len(document), " ".join(document[0].get_textpage().get_text_bounded().split())


def test_the_poster_says_it_is_free_and_voluntary_and_its_code_leads_to_the_page():
    pdf = render_poster(POSTER)
    pages, words = read(pdf)
    for said in (
        "Daftar tunggu perlindungan",
        "Gratis",
        "Sukarela",
        "Pasar Contoh",
        "024-000-0000",
        "65 tahun",
    ):
        assert said in words
    picture = pypdfium2.PdfDocument(io.BytesIO(pdf))[0].render(scale=2).to_pil()
    assert pages == 1 and zxingcpp.read_barcode(picture).text == POSTER.address


@pytest.mark.parametrize(
    "pdf",
    [
        lambda: render_poster(replace(POSTER, group=LONG[:120])),
        lambda: render_consent_form(replace(FORM, name=LONG[:120], workplace=LONG[:160])),
    ],
    ids=["poster", "form"],
)
def test_the_longest_names_still_fit_one_page(pdf):
    assert read(pdf())[0] == 1


def test_the_form_carries_the_text_the_data_and_room_for_a_thumb():
    pages, words = read(render_consent_form(FORM))
    for said in (
        "Sutini Contoh",
        "9001",
        "DT-7F3A-9C01",
        "Cap jempol kiri",
        "tidak dipungut biaya",
        "20 November 2026",
    ):
        assert said in words
    assert pages == 1


def test_the_same_sheet_gives_the_same_bytes_and_what_was_typed_stays_text():
    odd = replace(FORM, name="<b>Siti</b> & Co")
    assert render_consent_form(odd) == render_consent_form(odd)
    assert "<b>Siti</b> & Co" in read(render_consent_form(odd))[1]
