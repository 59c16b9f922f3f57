"""A layout in words: no column, mark or form of a date is lost on the reader."""

import pytest

from autodebit.formats import FORMATS, RESULTS, STATEMENTS
from autodebit.formats.profile import Change
from opd_admin.profile_words import FORMS, change_words, layout_words

LAYOUT = {
    "file_name": "{bank}.csv",
    "line_end": "\r\n",
    "delimiter": ";",
    "date_format": "%Y%m%d",
    "amount": {"decimals": 2, "decimal_mark": ",", "group_mark": "."},
    "text": {"punctuation": ".'-", "upper": True},
    "titles": True,
    "opening": [{"constant": "H", "width": 1}],
    "columns": [{"title": "REK", "source": "account", "width": 16, "required": True}],
    "trailer": [{"source": "total"}, {"constant": ""}],
    "outcomes": {"00": "succeeded", "51": "failed"},
}


def test_a_layout_becomes_facts_columns_and_outcomes():
    words = layout_words("bank_csv", LAYOUT)
    assert words["title"] == "CSV untuk bank"
    assert {fact["label"]: fact["value"] for fact in words["facts"]} == {
        "Nama berkas": "{bank}.csv",
        "Akhir baris": "CR LF",
        "Pemisah kolom": "titik koma",
        "Baris judul": "Ya",
        "Bentuk tanggal": "20261201 (%Y%m%d)",
        "Bentuk jumlah": "1.234.567,00 (untuk Rp1.234.567)",
        "Tulisan": "huruf besar; tanda baca .'-",
    }
    assert [(row["part"], row["title"], row["content"], row["width"]) for row in words["columns"]] == [
        ("Kepala", "", "tetap: H", 1),
        ("Kolom", "REK", "nomor rekening", 16),
        ("Penutup", "", "jumlah rupiah", ""),
        ("Penutup", "", "kosong", ""),
    ]
    assert [row["meaning"] for row in words["outcomes"]] == ["Berhasil", "Gagal"]


def test_every_format_of_the_house_has_a_name():
    assert set(FORMS) == set(FORMATS) | set(RESULTS) | set(STATEMENTS)


@pytest.mark.parametrize(
    ("change", "where", "before", "after"),
    [
        (Change(("max_lines",), "50000", "1000"), "baris terbanyak per berkas", "50000", "1000"),
        (
            Change(("layouts", "pain008", "charge_bearer"), None, "CRED"),
            "berkas yang dikirim › ISO 20022 pain.008.001.08 › charge_bearer",
            "tidak ada",
            "CRED",
        ),
        (
            Change(("creditor_account",), "0000000001", "0009998887"),
            "nomor rekening penampung",
            "•••••• 0001",
            "•••••• 8887",
        ),
        (Change(("note",), "", "Baru"), "catatan", "kosong", "Baru"),
    ],
)
def test_a_change_is_told_in_words_and_an_account_by_its_last_digits(change, where, before, after):
    assert change_words(change) == {"where": where, "before": before, "after": after}
