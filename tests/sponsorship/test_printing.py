import hashlib
import io
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from fontTools.ttLib import TTFont
from weasyprint.urls import FatalURLFetchingError

from sponsorship import printing
from sponsorship.bench import example_sheet
from sponsorship.printing import (
    LETTERS,
    WEIGHTS,
    MandateSheet,
    PackagedAssets,
    PrintingError,
    lean_font,
    mandate_html,
    render_mandate,
    unprintable,
)

ROOT = Path(printing.__file__).resolve().parent.parent
DPI = 150
MM = 25.4
LONG_NAME = (
    "Prof. Dr. Contoh Raden Ajeng Kusumawardhani Purbaningrum Notonegoro-Sastroatmodjo, S.T., M.Si., Ph.D."
)


def texts(pdf: bytes) -> list[str]:
    """The text of each page, blanks and line ends folded."""
    pages = pypdfium2.PdfDocument(pdf)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pages]


def pictures(pdf: bytes) -> list:
    return [page.render(scale=DPI / 72, grayscale=True).to_pil() for page in pypdfium2.PdfDocument(pdf)]


def with_worker_name(name: str) -> MandateSheet:
    sheet = example_sheet()
    return replace(sheet, workers=(replace(sheet.workers[0], name=name),))


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render_mandate(example_sheet())


def test_the_mandate_says_who_lets_whom_debit_what(pdf):
    text = " ".join(texts(pdf))
    for sentence in (
        "SURAT KUASA PENDEBETAN REKENING Nomor SK/2026/11/000123",
        "Contoh Budi Santoso, S.E.",
        "19800101 200501 1 001",
        "sesuai salinan KTP terlampir",
        "0000 0000 01",
        "memberi kuasa kepada PT Bank Pembangunan Daerah Jawa Tengah",
        "dengan hak substitusi kepada Dinas Tenaga Kerja Kota Semarang",
        "Contoh Siti Aminah 3374 0155 0280 9001",
        "Jumlah saat ini Rp8.400,00 (delapan ribu empat ratus rupiah) per bulan",
        "sampai dengan Desember 2026; tanpa keringanan jumlahnya Rp16.800,00 (enam belas ribu delapan ratus rupiah)",
        "tidak pernah melebihi Rp33.600,00 (tiga puluh tiga ribu enam ratus rupiah) per bulan",
        "diulang paling banyak 2 (dua) kali sebelum tanggal 10 bulan yang sama. Tidak ada pendebetan sebagian.",
        "Biaya bank tidak dibebankan kepada Pemberi Kuasa.",
        "Kuasa berlaku mulai Desember 2026",
        "ditutup 3 (tiga) hari kerja sebelum hari gajian pukul 16.00 WIB",
        "bukan kuasa mutlak: Pasal 1813, 1814 dan 1816 KUHPerdata tetap berlaku",
        "Undang-Undang Nomor 27 Tahun 2022",
        "POJK Nomor 22 Tahun 2023",
        "telepon (024) 000-0000",
        "Saya telah membaca, memahami, dan menyetujui seluruh isi surat kuasa ini. Saya memberi persetujuan",
        "Dicetak 20 November 2026",
    ):
        assert sentence in text


def test_without_a_discount_nothing_is_said_about_one():
    sheet = example_sheet()
    workers = (replace(sheet.workers[0], amount_now=16_800),)
    text = " ".join(
        texts(render_mandate(replace(sheet, workers=workers, amount_now=16_800, discount_until=None)))
    )
    assert "keringanan s.d." not in text
    assert "dengan keringanan" not in text
    assert "Jumlah saat ini Rp16.800,00 (enam belas ribu delapan ratus rupiah) per bulan. Setiap" in text


def test_the_place_for_the_meterai_is_there_only_when_required():
    assert "Meterai Rp10.000" in texts(render_mandate(example_sheet()))[-1]
    text = " ".join(texts(render_mandate(replace(example_sheet(), meterai_required=False))))
    assert "Meterai" not in text


@pytest.mark.parametrize(("workers", "pages"), [(1, 2), (3, 2), (10, 3)])
def test_every_page_names_the_reference_and_its_place(workers, pages):
    found = texts(render_mandate(example_sheet(workers)))
    assert len(found) == pages
    for number, text in enumerate(found, start=1):
        assert "SK/2026/11/000123 · Ref. 7K3M-9Q2X-01C · versi 1" in text
        assert f"Halaman {number} dari {pages}" in text


@pytest.mark.parametrize("workers", range(1, 11))
def test_the_signature_block_is_never_split_nor_alone(workers):
    *before, last = texts(render_mandate(example_sheet(workers)))
    assert all("Semarang, tanggal" not in text for text in before)
    for part in (
        "Lampiran.",
        "Saya telah membaca",
        "Semarang, tanggal",
        "Meterai",
        "Contoh Budi Santoso, S.E. NIP",
    ):
        assert part in last


def test_a_table_that_goes_on_repeats_its_head():
    first, second, _ = texts(render_mandate(example_sheet(10)))
    assert "Nama dan NIK" in first
    assert "Nama dan NIK" in second
    assert "Jumlah per bulan Rp84.000 Rp168.000" in first + second


def test_the_qr_code_is_read_back_at_150_dpi_and_is_25_mm_wide(pdf):
    *_, last = pictures(pdf)
    [code] = zxingcpp.read_barcodes(last)
    assert code.text == "SK1:7K3M-9Q2X-01C:1:0f1e2d3c4b5a6978"
    width = code.position.top_right.x - code.position.top_left.x
    assert width * MM / DPI >= 25


def test_a_longer_qr_text_grows_in_size_not_in_fineness():
    drawing = printing.qr_drawing("SK1:7K3M-9Q2X-01C:1:" + "0" * 120)
    modules = int(drawing["view_box"].split()[2])
    assert int(drawing["size_mm"]) / modules * DPI / MM >= 4


@pytest.mark.parametrize(
    "sheet", [example_sheet(10), with_worker_name("Contoh" * 40)], ids=["ten", "one long word"]
)
def test_no_ink_within_18_mm_of_the_edge(sheet):
    edge = int(18 / MM * DPI) - 1
    for picture in pictures(render_mandate(replace(sheet, donor_name=LONG_NAME, opd=LONG_NAME * 2))):
        left, top, right, bottom = picture.point(lambda grey: 255 if grey < 200 else 0).getbbox()
        assert left >= edge
        assert top >= edge
        assert right <= picture.width - edge
        assert bottom <= picture.height - edge


def test_it_is_pdf_a_2b_in_indonesian_with_a_title_and_no_personal_data_in_it(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        xmp = document.Root.Metadata.read_bytes().decode()
        assert 'pdfaid:part="2"' in xmp
        assert 'pdfaid:conformance="B"' in xmp
        assert document.Root.OutputIntents[0].S == "/GTS_PDFA1"
        assert document.Root.Lang == "id"
        assert document.Root.MarkInfo.Marked
        assert document.docinfo.Title == "Surat Kuasa Pendebetan Rekening SK/2026/11/000123"
        assert document.docinfo.CreationDate == "D:20261120"
        assert len(document.trailer.ID) == 2
        described = xmp + str(document.docinfo)
    for private in ("Budi", "Siti", "3374", "19800101", "0000 0000"):
        assert private not in described


def test_all_fonts_are_the_packaged_one_and_embedded(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        fonts = [
            item
            for item in document.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/Font"
        ]
        descendants = [font for font in fonts if "/FontDescriptor" in font]
        names = {str(font.BaseFont).split("+")[1] for font in descendants}
        assert names == {"Plus-Jakarta-Sans", "Plus-Jakarta-Sans-Bold"}
        assert all("/FontFile2" in font.FontDescriptor for font in descendants)


def test_the_pages_parse_and_their_tags_are_balanced(pdf):
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for page in document.pages:
            operators = [str(step.operator) for step in pikepdf.parse_content_stream(page)]
            assert operators.count("BDC") + operators.count("BMC") == operators.count("EMC") > 20
        assert (
            document.check_pdf_syntax() == []
            if hasattr(document, "check_pdf_syntax")
            else document.check() == []
        )


@pytest.mark.parametrize("workers", [1, 10])
def test_it_stays_under_60_kilobytes(workers):
    assert len(render_mandate(example_sheet(workers))) <= 60_000


PRINT_ELSEWHERE = """
import hashlib, sys
import weasyprint.text.ffi
if "plain" in sys.argv: weasyprint.text.ffi.harfbuzz_subset = None
from sponsorship.bench import example_sheet
from sponsorship.printing import render_mandate
render_mandate(example_sheet(3))
pdf = render_mandate(example_sheet())
print(hashlib.sha256(pdf).hexdigest(), len(pdf))
"""


def print_elsewhere(hash_seed: str, *arguments: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": "America/New_York"}
    command = [sys.executable, "-c", PRINT_ELSEWHERE, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_another_process_prints_the_same_bytes(pdf):
    digest = hashlib.sha256(pdf).hexdigest()
    assert print_elsewhere("1").split()[0] == digest
    assert print_elsewhere("2").split()[0] == digest


def test_without_the_subsetter_the_bytes_are_as_constant_and_small():
    first, second = print_elsewhere("1", "plain"), print_elsewhere("2", "plain")
    assert first == second
    assert int(first.split()[1]) <= 60_000


def test_another_sheet_prints_other_bytes(pdf):
    assert render_mandate(replace(example_sheet(), version=2)) != pdf


@pytest.mark.parametrize(
    "name",
    [
        '<img src="http://127.0.0.1:9/a.png">',
        '<img src="file:///etc/passwd">',
        "<link rel=attachment href=file:///etc/passwd>",
        '<style>@import url("../../x.css"); body{display:none}</style>',
        "<object data='data:text/html,x'></object>",
        "{{ sheet.account }}{% debug %}",
        "</td></table><h1>Lunas</h1>",
        'O\'Contoh & "Siti"',
    ],
)
def test_markup_in_a_name_is_printed_as_typed_and_fetches_nothing(name):
    asked: list[str] = []
    printing._press.cache_clear()
    original = PackagedAssets.fetch

    def watch(self, url, headers=None):
        asked.append(url)
        return original(self, url, headers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PackagedAssets, "fetch", watch)
        found = texts(render_mandate(replace(with_worker_name(name), donor_name=name)))
    printing._press.cache_clear()
    assert set(asked) == {f"packaged:typeface-{weight}" for weight in WEIGHTS}
    assert re.sub(r"\s", "", name) in re.sub(r"\s", "", found[0])
    assert "Saya telah membaca" in found[-1]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/typeface-400",
        "https://example.org/",
        "file:///etc/passwd",
        "packaged:../../etc/passwd",
        "packaged:typeface-400/../../x",
        "data:text/plain,x",
        "typeface-400",
        "",
    ],
)
def test_the_fetcher_gives_out_packaged_assets_only(url):
    with pytest.raises(FatalURLFetchingError):
        PackagedAssets().fetch(url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:9/x", "data:image/png;base64,AAAA"])
def test_a_sheet_that_asks_for_a_foreign_asset_is_not_printed(monkeypatch, url):
    monkeypatch.setattr(printing, "mandate_html", lambda sheet: f'<img src="{url}">')
    with pytest.raises(PrintingError, match="packaged assets only"):
        render_mandate(example_sheet())


@pytest.mark.parametrize("name", ["Suparmi", "Ñuño Łukasz Žižek", "D'Contoh", LONG_NAME])
def test_unusual_but_honest_names_are_printed_whole(name):
    assert unprintable(name) == ""
    text = texts(render_mandate(replace(example_sheet(), donor_name=name)))
    assert re.sub(r"\s", "", name) in re.sub(r"\s", "", text[0])
    assert re.sub(r"\s", "", name) in re.sub(r"\s", "", text[-1])


def test_what_the_typeface_lacks_is_named_and_printed_as_a_question_mark():
    assert unprintable("Contoh 李 ☺ Siti") == "☺李"
    text = texts(render_mandate(with_worker_name("Contoh 李 ☺ Siti")))
    assert "Contoh ? ? Siti" in text[0]


def test_direction_and_control_characters_do_not_reach_the_paper():
    html = mandate_html(with_worker_name("Contoh\u202e itiS\u0000\u200b\nAminah\ud800"))
    assert "<strong>Contoh itiS Aminah</strong>" in html


def test_full_width_and_decomposed_letters_are_folded():
    assert "<strong>Contoh 12 É</strong>" in mandate_html(with_worker_name("Ｃｏｎｔｏｈ １２ E\u0301"))


def test_the_lean_fonts_have_every_letter():
    for weight in WEIGHTS:
        font = TTFont(io.BytesIO(lean_font(weight)))
        assert {ord(letter) for letter in LETTERS} <= set(font.getBestCmap())
        assert "fvar" not in font
        assert len(lean_font(weight)) < 40_000


@pytest.mark.parametrize(
    "changes",
    [{"workers": ()}, {"amount_now": 8_401}, {"ceiling": 8_399}, {"workers": (), "amount_now": 0}],
    ids=["no worker", "wrong sum", "above the ceiling", "nothing"],
)
def test_a_sheet_that_contradicts_itself_is_not_printed(changes):
    with pytest.raises(PrintingError):
        render_mandate(replace(example_sheet(), **changes))
