"""What a donor takes home on paper: complete, adding up, the same bytes each time, and no worker on the certificate."""

import io
from dataclasses import fields, replace
from datetime import date

import pikepdf
import pypdfium2
import pytest

from autodebit.printing_own import (
    Certificate,
    Receipt,
    ReceiptLine,
    Sender,
    YearLine,
    YearStatement,
    certificate_html,
    kawung_band,
    receipt_html,
    render_certificate,
    render_receipt,
    render_year,
    year_html,
)
from sponsorship.printing import PrintingError

SENDER = Sender(
    government="Pemerintah Kota Contoh",
    programme="Gerakan ASN Peduli Contoh",
    office="Dinas Tenaga Kerja Contoh",
    help_phone="(024) 000 0000",
    help_hours="Senin–Jumat 08.00–15.00 WIB",
    city="Kota Contoh",
)
RECEIPT = Receipt(
    sender=SENDER,
    reference="7Q2K9XYZ012612A1",
    donor="Rara Contoh Lestari",
    month="Desember 2026",
    day=date(2026, 12, 1),
    amount=25_200,
    lines=(
        ReceiptLine("Sutini Contoh", "JKK dan JKM", 8_400),
        ReceiptLine("Parjo Contoh", "JKK dan JKM", 16_800),
    ),
    bank="Bank Contoh",
    account="•••••• 4567",
    mandate="SK/2026/11/000001",
    confirmed_on=None,
    gone="",
    gone_on=None,
    printed_on=date(2026, 12, 20),
)
YEAR = YearStatement(
    sender=SENDER,
    year=2026,
    donor="Rara Contoh Lestari",
    lines=(
        YearLine("November 2026", "7Q2K9XYZ012611A1", 8_400, 8_400, "Dana kembali ke rekening Anda"),
        YearLine("Desember 2026", "7Q2K9XYZ012612A1", 8_400, 0, "Terlindungi"),
    ),
    workers=(("Sutini Contoh", 8_400),),
    printed_on=date(2027, 1, 3),
)
CERTIFICATE = Certificate(
    sender=SENDER,
    donor="Rara Contoh Lestari",
    since="Desember 2026",
    months=13,
    workers=2,
    printed_on=date(2028, 1, 3),
)
RENDERED = ((RECEIPT, render_receipt), (YEAR, render_year), (CERTIFICATE, render_certificate))


def text_of(data: bytes) -> str:
    pdf = pypdfium2.PdfDocument(data)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in pdf).split())
    finally:
        pdf.close()


def test_a_receipt_says_everything_that_a_receipt_must():
    printed = text_of(render_receipt(RECEIPT))
    for words in (
        "Tanda terima potongan", "7Q2K9XYZ012612A1", "Rp25.200,00", "dua puluh lima ribu dua ratus rupiah",
        "Desember 2026", "Selasa, 1 Desember 2026", "Bank Contoh, •••••• 4567", "SK/2026/11/000001", "Sutini Contoh",
        "Rp8.400,00", "sah tanpa tanda tangan",
    ):  # fmt: skip
        assert words in printed, words
    assert "Dikembalikan" not in printed and "Dikonfirmasi BPJS" not in printed


def test_a_receipt_of_what_went_back_says_so_in_its_first_lines():
    returned = receipt_html(replace(RECEIPT, gone="returned", gone_on=date(2026, 12, 7)))
    refunded = receipt_html(replace(RECEIPT, gone="refunded", gone_on=date(2026, 12, 8)))
    assert "Dikembalikan bank pada 7 Desember 2026" in returned
    assert "Dana dikembalikan pada 8 Desember 2026" in refunded


def test_a_statement_gives_the_sum_of_what_stayed():
    printed = text_of(render_year(YEAR))
    for words in (
        "Rekap tahunan 2026",
        "Rp8.400,00",
        "delapan ribu empat ratus rupiah",
        "Rp16.800",
        "Terlindungi",
    ):
        assert words in printed, words


def test_a_certificate_names_since_when_and_how_many():
    printed = text_of(render_certificate(CERTIFICATE))
    for words in (
        "Rara Contoh Lestari",
        "Desember 2026",
        "2 (dua) pekerja rentan",
        "Kota Contoh",
        "13 bulan",
    ):
        assert words in printed, words


def test_a_certificate_has_no_place_for_anything_about_a_worker():
    assert {field.name for field in fields(Certificate)} == {
        "sender", "donor", "since", "months", "workers", "printed_on",
    }  # fmt: skip


@pytest.mark.parametrize(("sheet", "render"), RENDERED)
def test_every_paper_is_archivable_tagged_and_the_same_each_time(sheet, render):
    data = render(sheet)
    assert data == render(sheet)
    with pikepdf.open(io.BytesIO(data)) as pdf, pdf.open_metadata() as metadata:
        assert metadata.pdfa_status == "2B"
        assert pdf.Root.MarkInfo.Marked and pdf.Root.Lang == "id"
        assert len(pdf.pages) == 1


def test_a_year_of_many_workers_runs_on_over_pages():
    workers = tuple((f"Contoh Pekerja {number}", 100) for number in range(84))
    assert "Halaman 2 dari" in text_of(render_year(replace(YEAR, workers=workers)))


def test_what_comes_from_outside_is_escaped_and_what_cannot_be_printed_shows():
    html = certificate_html(replace(CERTIFICATE, donor="<b>Rara</b> 小"))
    assert "&lt;b&gt;Rara&lt;/b&gt; ?" in html


def test_a_long_name_stays_on_the_sheet():
    long = replace(CERTIFICATE, donor="Prof. Dr. " + "Contoh Nama Panjang " * 5 + ", S.KM., M.Kes.")
    data = render_certificate(long)
    assert "Ada keluarga" in text_of(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) == 1


def test_the_band_has_four_petals_for_each_flower():
    assert kawung_band(3).count("M") == 12


@pytest.mark.parametrize(
    ("html", "sheet"),
    [
        (receipt_html, replace(RECEIPT, amount=25_201)),
        (receipt_html, replace(RECEIPT, amount=0, lines=())),
        (year_html, replace(YEAR, lines=(), workers=())),
        (year_html, replace(YEAR, workers=())),
        (certificate_html, replace(CERTIFICATE, months=0)),
        (certificate_html, replace(CERTIFICATE, workers=0)),
    ],
)
def test_a_paper_that_contradicts_itself_is_not_printed(html, sheet):
    with pytest.raises(PrintingError):
        html(sheet)
