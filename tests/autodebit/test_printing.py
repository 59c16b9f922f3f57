"""The cover letter on paper: complete, honest, the same bytes each time."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pypdfium2
import pytest

from autodebit.printing import CoverLetter, LetterFile, cover_letter_html, render_cover_letter
from sponsorship.printing import PrintingError

HASHES = [f"{number:02x}" * 32 for number in range(1, 9)]


def files(form: str, first: int, parts: int = 2) -> tuple[LetterFile, ...]:
    return tuple(
        LetterFile(f"CONTOH_{form}_{part:02d}.txt", form, part, parts, 2, 33_600, HASHES[first + part - 1])
        for part in range(1, parts + 1)
    )


LETTER = CoverLetter(
    government="Pemerintah Kota Contoh",
    programme="Gerakan ASN Peduli Contoh",
    office="Dinas Tenaga Kerja Contoh",
    help_phone="(024) 000 0000",
    help_hours="Senin–Jumat 08.00–15.00 WIB",
    place="Contoh",
    number="ASN-2026-12-G01-R1-1A2B3C4D",
    bank="Bank Contoh",
    bank_legal_name="PT Bank Contoh (rekaan)",
    month="Desember 2026",
    wave=1,
    collection_date=date(2026, 12, 1),
    creditor_name="PENAMPUNG CONTOH",
    account="•••••• 0001",
    count=4,
    total=67_200,
    content_hash="ab" * 32,
    sealed_at=datetime(2026, 11, 26, 18, 4, tzinfo=UTC),
    sealed_by="Contoh Operator",
    approvers=("Contoh Satu", "Contoh Dua"),
    files=(*files("CSV", 0), *files("XML", 2)),
)


def text_of(data: bytes) -> str:
    pdf = pypdfium2.PdfDocument(data)
    try:
        return " ".join(" ".join(page.get_textpage().get_text_range() for page in pdf).split())
    finally:
        pdf.close()


def test_the_letter_says_everything_the_bank_compares():
    printed = text_of(render_cover_letter(LETTER))
    for words in (
        "Nomor", "ASN-2026-12-G01-R1-1A2B3C4D", "Yth. Pimpinan", "PT Bank Contoh (rekaan)",
        "Contoh, 27 November 2026", "Selasa, 1 Desember 2026", "Rp67.200,00",
        "enam puluh tujuh ribu dua ratus rupiah", "(empat baris)", "Contoh Satu dan Contoh Dua", "Contoh Operator",
        "27 November 2026, 01.04 WIB", "•••••• 0001", "1 dari 2", "2 dari 2", "satu bentuk saja", "Yang menerima,",
    ):  # fmt: skip
        assert words in printed, words
    digits = printed.replace(" ", "")
    assert all(file.sha256 in digits for file in LETTER.files) and LETTER.content_hash in digits


def test_a_letter_with_two_files_is_one_sheet():
    two = replace(LETTER, files=(*files("CSV", 0, 1), *files("XML", 1, 1)), count=2, total=33_600)
    assert "Halaman 1 dari 1" in text_of(render_cover_letter(two))


def test_the_same_letter_gives_the_same_bytes_on_a4():
    data = render_cover_letter(LETTER)
    assert data == render_cover_letter(LETTER)
    pdf = pypdfium2.PdfDocument(data)
    assert tuple(round(side) for side in pdf[0].get_size()) == (595, 842)
    pdf.close()


def test_many_parts_run_on_over_pages_and_each_keeps_its_hash():
    many = tuple(
        replace(LETTER.files[0], name=f"CONTOH_{part:03d}.txt", part=part, parts=40) for part in range(1, 41)
    )
    letter = replace(LETTER, files=many, count=80, total=40 * 33_600)
    printed = text_of(render_cover_letter(letter))
    assert all(file.name in printed for file in many) and "Halaman 2 dari" in printed


def test_names_from_outside_are_escaped_and_what_cannot_be_printed_shows():
    html = cover_letter_html(replace(LETTER, approvers=("<b>Satu</b>", "小明")))
    assert "&lt;b&gt;Satu&lt;/b&gt; dan ??" in html


def test_a_later_wave_names_itself():
    assert "gelombang 2" in cover_letter_html(replace(LETTER, wave=2))
    assert "gelombang" not in cover_letter_html(LETTER).split("<body>")[1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 5},
        {"total": 67_201},
        {"approvers": ("Contoh Satu",)},
        {"files": ()},
        {"files": files("CSV", 0)[:1]},
        {"files": (*files("CSV", 0)[:1], *files("CSV", 0)[:1])},
    ],
)
def test_a_letter_that_contradicts_its_batch_is_not_printed(wrong):
    with pytest.raises(PrintingError):
        cover_letter_html(replace(LETTER, **wrong))
