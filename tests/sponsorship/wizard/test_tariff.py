"""The question about a changing contribution on its page: asked once, answered once, gone when nothing changes."""

from datetime import UTC, datetime

import pytest

from sponsorship.actions import tariff_clock
from sponsorship.models import DiscountLine, TariffQuestion
from tests.autodebit.population import MandateSpec, WorkerSpec, make_mandates
from tests.sponsorship.wizard.walk import errors_of, sitting

pytestmark = pytest.mark.django_db
# 09.00 WIB of days on which the notice reaches a month of another price.
NOVEMBER = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
JUNE = datetime(2027, 6, 1, 2, 0, tzinfo=UTC)


def asked(now: datetime, **spec) -> tuple:
    (mandate,) = make_mandates([MandateSpec(**spec)])
    tariff_clock.ask(now=now)
    question = TariffQuestion.objects.get(lineage=mandate.lineage)
    return sitting(mandate.registration), question, f"/saya/iuran/{question.pk}/"


@pytest.fixture
def falling(clock):
    """From July 2027 on half the price: the ceiling has room for one worker more."""
    DiscountLine.objects.create(
        sector="other", valid_from="2027-07", valid_to="2027-12", jkk_percent=50, jkm_percent=50
    )
    clock.move_to(JUNE)
    return asked(JUNE, ceiling=33_600)


def test_rise_is_told_with_nothing_to_choose(clock):
    clock.move_to(NOVEMBER)
    walk, _, page = asked(NOVEMBER)
    text = walk.client.get(page).content.decode()
    assert "iuran Anda naik" in text
    assert "Rp8.400 per bulan" in text and "Rp16.800 per bulan" in text
    assert "<strong>Anda tidak perlu berbuat apa-apa.</strong>" in text
    assert 'type="radio"' not in text
    assert walk.client.post(page, {"answer": "pay_less"})["Location"] == page
    assert TariffQuestion.objects.get().answer == ""
    assert page in walk.client.get("/saya/perubahan/").content.decode()


def test_ceiling_too_low_says_that_the_debit_will_be_skipped_and_what_to_do(clock):
    clock.move_to(NOVEMBER)
    walk, _, page = asked(NOVEMBER, ceiling=16_000)
    text = walk.client.get(page).content.decode()
    assert "tidak ada potongan mulai bulan itu" in text
    assert "sebelum Selasa, 29 Desember 2026 pukul 16.00 WIB" in text
    assert 'href="/saya/perubahan/"' in text and 'href="/saya/pekerja/"' in text


def test_one_more_leads_to_the_worker_and_is_answered_once(falling):
    walk, question, page = falling
    text = walk.client.get(page).content.decode()
    assert "Bayar lebih sedikit: potongan turun Rp8.400 per bulan" in text
    assert "Lindungi satu pekerja lagi dengan surat kuasa yang sama" in text

    assert walk.post(page, {"answer": "one_more"})["Location"] == "/saya/pekerja/tambah/"

    again = walk.client.get(page).content.decode()
    assert "Jawaban Anda sudah dicatat" in again and "Melindungi satu pekerja lagi" in again
    assert 'type="radio"' not in again
    walk.client.post(page, {"answer": "pay_less"})
    question.refresh_from_db()
    assert question.answer == "one_more"
    assert page not in walk.client.get("/saya/perubahan/").content.decode()


def test_pay_less_just_records(falling):
    walk, question, page = falling
    assert walk.post(page, {"answer": "pay_less"})["Location"] == page
    question.refresh_from_db()
    assert question.answer == "pay_less"


def test_without_room_one_more_leads_to_a_higher_ceiling(falling):
    walk, _, page = asked(JUNE, ceiling=16_800, workers=[WorkerSpec()])
    assert "batas tertingginya dinaikkan dulu" in walk.client.get(page).content.decode()
    assert walk.post(page, {"answer": "one_more"})["Location"] == "/saya/perubahan/"


def test_no_choice_is_said_at_the_field(falling):
    walk, _, page = falling
    answer = walk.client.post(page, {})
    assert errors_of(answer) == {"answer": ["Pilih salah satu."]}


def test_question_of_a_month_that_no_longer_changes_says_so(falling):
    walk, _, page = falling
    DiscountLine.objects.filter(valid_from="2027-07").delete()
    text = walk.client.get(page).content.decode()
    assert "Tidak jadi berubah" in text
    assert 'type="radio"' not in text
    assert walk.client.post(page, {"answer": "one_more"})["Location"] == page
    assert TariffQuestion.objects.get().answer == ""


def test_question_of_somebody_else_does_not_exist(falling):
    _, _, page = falling
    (other,) = make_mandates([MandateSpec()])
    assert sitting(other.registration).client.get(page).status_code == 404


def test_after_its_month_began_it_says_that_it_is_in_force(falling, clock):
    walk, question, page = falling
    clock.move_to(datetime(2027, 7, 2, 2, 0, tzinfo=UTC))
    walk = sitting(question.lineage.mandates.get().registration)
    text = walk.client.get(page).content.decode()
    assert "sudah berlaku sejak Juli 2027" in text
    assert 'type="radio"' not in text
