from dataclasses import fields, replace
from datetime import date

import pytest

from sponsorship.rules.consent import Figures, consent_text, kept_figures, text_again, text_hash
from sponsorship.rules.months import Month

FIGURES = Figures(
    workers=2,
    amount_now=25_200,
    amount_full=33_600,
    discount_until=Month(2026, 12),
    ceiling=50_000,
    account_tail="4567",
    bank="Bank Jateng",
    start=Month(2026, 12),
    payday=date(2026, 12, 1),
    cutoff_days=3,
    cutoff_hour=16,
)


def test_the_text_names_sums_in_figures_and_words_and_the_way_out():
    paragraphs = consent_text(FIGURES).split("\n\n")
    assert len(paragraphs) == 5
    assert paragraphs[0] == (
        "Saya dengan sukarela menanggung iuran BPJS Ketenagakerjaan bagi 2 pekerja sebesar Rp25.200 "
        "(dua puluh lima ribu dua ratus rupiah) per bulan sampai Desember 2026, lalu Rp33.600 per bulan "
        "dengan tarif normal."
    )
    assert "Bank Jateng saya yang berakhiran 4567, pertama kali pada Selasa, 1 Desember 2026" in paragraphs[1]
    assert "tidak pernah melebihi Rp50.000 (lima puluh ribu rupiah) per bulan" in paragraphs[2]
    assert "berhenti kapan saja tanpa alasan dan tanpa biaya" in paragraphs[3]
    assert "3 hari kerja sebelum tanggal potong pukul 16.00 WIB" in paragraphs[3]
    assert "Bank Jateng serta BPJS Ketenagakerjaan" in paragraphs[4]


def test_of_two_discounts_the_text_names_every_step_with_its_last_month():
    steps = ((Month(2027, 1), 27_000), (Month(2027, 4), 33_600))
    text = consent_text(replace(FIGURES, later=steps))
    assert "per bulan sampai Desember 2026, lalu Rp27.000 sampai Maret 2027, lalu Rp33.600 per bulan" in text
    one = replace(FIGURES, later=((Month(2027, 1), 33_600),))
    assert consent_text(one) == consent_text(FIGURES)


def test_what_is_kept_gives_the_text_again_also_where_no_steps_were_kept():
    steps = replace(FIGURES, later=((Month(2027, 1), 27_000), (Month(2027, 4), 33_600)))
    for figures in (FIGURES, steps):
        assert text_again(kept_figures(figures), "4567") == consent_text(figures)
    before = {name: kept for name, kept in kept_figures(FIGURES).items() if name != "later"}
    assert text_again(before, "4567") == consent_text(FIGURES)


def test_without_a_discount_no_end_of_one_is_named():
    text = consent_text(replace(FIGURES, discount_until=None, amount_now=33_600))
    assert "sampai Desember" not in text and "tarif normal" not in text
    assert "sebesar Rp33.600 (tiga puluh tiga ribu enam ratus rupiah) per bulan." in text


OTHERS = {
    "workers": 3, "amount_now": 1, "amount_full": 1, "discount_until": None, "ceiling": 1, "account_tail": "0000",
    "bank": "Bank Lain", "payday": date(2027, 1, 4), "cutoff_days": 2, "cutoff_hour": 9,
    "later": ((Month(2027, 1), 30_000), (Month(2027, 3), 33_600)),
}  # fmt: skip


def test_every_figure_is_tried_below():
    assert {field.name for field in fields(Figures)} - {"start"} == set(OTHERS)


@pytest.mark.parametrize("name", OTHERS)
def test_another_figure_is_another_text_with_another_hash(name):
    other = consent_text(replace(FIGURES, **{name: OTHERS[name]}))
    assert other != consent_text(FIGURES)
    assert text_hash(other) != text_hash(consent_text(FIGURES))


def test_the_same_figures_give_the_same_text_and_hash():
    assert text_hash(consent_text(FIGURES)) == text_hash(consent_text(replace(FIGURES)))
    assert len(text_hash("")) == 64
