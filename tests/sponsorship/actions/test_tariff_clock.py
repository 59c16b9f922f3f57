"""Donors are asked once, ahead, with the right amounts; whoever asks at the same moment asks nobody a second time."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.models import AuditEvent, Message
from sponsorship.actions import tariff_clock
from sponsorship.models import DiscountLine, MandateLineage, TariffLine, TariffQuestion
from tests.autodebit.population import MandateSpec, WorkerSpec, make_mandates
from tests.threads import at_once

pytestmark = pytest.mark.django_db

# Both 09.00 WIB. The notice of 45 days reaches 1 January 2027 from 17 November on.
TOO_EARLY = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
IN_TIME = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 20, 2, 0, tzinfo=UTC)
MARKET = WorkerSpec()
OJEK = WorkerSpec(occupation="ojek_pangkalan", programme="jkk_jkm_jht")


def asked() -> list[tuple]:
    return list(
        TariffQuestion.objects.order_by("lineage__code", "period").values_list(
            "lineage__code", "period", "amount_before", "amount_after"
        )
    )


def code_of(mandate) -> str:
    return mandate.lineage.code


def test_donor_is_asked_on_the_first_day_of_the_notice_and_never_again():
    (mandate,) = make_mandates([MandateSpec()])

    answers = [tariff_clock.ask(now=moment) for moment in (TOO_EARLY, IN_TIME, IN_TIME, FEBRUARY)]

    assert answers == [0, 1, 0, 0]
    assert asked() == [(code_of(mandate), "2027-01", 8_400, 16_800)]
    said = Message.objects.get(event="tariff_change")
    assert (said.recipient, said.period) == (str(mandate.lineage.donor_id), "2027-01")
    assert said.subject == "Iuran Anda berubah mulai Januari 2027: Rp16.800"
    assert "dari Rp8.400 menjadi Rp16.800 per bulan" in said.body
    assert "Potongan pertama dengan jumlah baru: Senin, 4 Januari 2027." in said.body
    assert "Batas tertinggi di surat kuasa Anda, Rp16.800, masih cukup." in said.body
    assert f"/saya/iuran/{TariffQuestion.objects.get().pk}/" in said.body
    assert "/lanjut/" in said.body
    assert AuditEvent.objects.filter(event="tariff.asked", actor_kind="system").count() == 1


def test_each_discount_asks_those_whose_workers_had_it():
    market, ojek, both = make_mandates(
        [
            MandateSpec(),
            MandateSpec(workers=[OJEK], ceiling=36_800),
            MandateSpec(workers=[MARKET, OJEK], ceiling=53_600),
        ]
    )

    assert (tariff_clock.ask(now=IN_TIME), tariff_clock.ask(now=FEBRUARY)) == (2, 2)

    assert sorted(asked()) == sorted(
        [
            (code_of(market), "2027-01", 8_400, 16_800),
            (code_of(both), "2027-01", 36_800, 45_200),
            (code_of(ojek), "2027-04", 28_400, 36_800),
            (code_of(both), "2027-04", 45_200, 53_600),
        ]
    )


def test_ceiling_too_low_is_said_with_what_to_do_before_the_cutoff():
    make_mandates([MandateSpec(ceiling=16_000)])
    tariff_clock.ask(now=IN_TIME)
    body = Message.objects.get(event="tariff_change").body
    assert "melebihi batas tertinggi di surat kuasa Anda, Rp16.000" in body
    # Payday is Monday 4 January; three working days before it, without the holidays, is Tuesday 29 December.
    assert "sebelum Selasa, 29 Desember 2026 pukul 16.00 WIB: buat surat kuasa baru" in body


@pytest.mark.parametrize(
    "spec",
    [
        MandateSpec(state="cancelled", ended_at=TOO_EARLY),
        MandateSpec(start_period="2027-01"),
        MandateSpec(end_period="2026-12"),
        MandateSpec(workers=[replace(MARKET, end_period="2026-12")]),
        MandateSpec(workers=[replace(MARKET, state="ended")]),
        MandateSpec(workers=[OJEK], ceiling=36_800),
        MandateSpec(workers=[replace(MARKET, funding="apbd")]),
    ],
)
def test_nobody_is_asked_whose_amount_stays_or_who_is_not_debited_then(spec):
    make_mandates([spec])
    assert tariff_clock.ask(now=IN_TIME) == 0
    assert not Message.objects.exists()


def test_discount_that_begins_offers_the_choice_when_the_ceiling_has_room():
    DiscountLine.objects.create(
        sector="other", valid_from="2027-07", valid_to="2027-12", jkk_percent=50, jkm_percent=50
    )
    make_mandates([MandateSpec(ceiling=33_600), MandateSpec(ceiling=33_599)])

    assert tariff_clock.ask(now=datetime(2027, 6, 1, 2, 0, tzinfo=UTC)) == 2

    roomy, tight = (
        Message.objects.get(recipient=lineage.donor_id).body
        for lineage in MandateLineage.objects.order_by("-mandates__ceiling")
    )
    assert "dari Rp16.800 menjadi Rp8.400" in roomy and "dari Rp16.800 menjadi Rp8.400" in tight
    assert "dengan surat kuasa yang sama (batas tertinggi Rp33.600 masih cukup)" in roomy
    assert "belum cukup, jadi perlu surat kuasa baru" in tight


def test_gap_in_the_tariff_asks_nobody():
    make_mandates([MandateSpec()])
    TariffLine.objects.update(valid_to="2026-12")
    assert tariff_clock.ask(now=IN_TIME) == 0
    assert not TariffQuestion.objects.exists()


def test_a_whole_piece_costs_the_same_queries_whatever_its_size():
    counts = []
    for donors in (3, 1, 30):  # the first round warms what is read once a process
        make_mandates([MandateSpec() for _ in range(donors)])
        with CaptureQueriesContext(connection) as queries:
            assert tariff_clock.ask(now=IN_TIME) == donors
        counts.append(len(queries))
    assert counts[1] == counts[2] <= 20


def test_a_day_without_a_dated_line_reads_no_promise(django_assert_max_num_queries):
    make_mandates([MandateSpec()])
    with django_assert_max_num_queries(5):
        assert tariff_clock.ask(now=datetime(2027, 8, 1, 2, 0, tzinfo=UTC)) == 0


def question(**changes) -> TariffQuestion:
    make_mandates([MandateSpec(**changes)])
    tariff_clock.ask(now=IN_TIME)
    return TariffQuestion.objects.select_related("lineage__donor").get()


def test_answer_is_kept_once_and_only_from_the_donor_asked():
    own = question()
    stranger = make_mandates([MandateSpec()])[0].lineage.donor
    mine = {"pk": own.pk, "by": own.lineage.donor, "now": IN_TIME}

    assert tariff_clock.answer(**{**mine, "by": stranger}, answer="pay_less") == tariff_clock.NO_QUESTION
    assert tariff_clock.answer(**mine, answer="double") == tariff_clock.NO_CHOICE
    assert tariff_clock.answer(**mine, answer="one_more").answer == "one_more"
    assert tariff_clock.answer(**mine, answer="pay_less").answer == "one_more"
    assert AuditEvent.objects.filter(event="tariff.answered", actor_donor=own.lineage.donor).count() == 1


def test_question_disappears_when_the_office_prolongs_the_discount_and_is_not_sent_again():
    own = question()
    donor = own.lineage.donor
    assert [change.after for _, change in tariff_clock.open_questions(donor, IN_TIME)] == [16_800]

    DiscountLine.objects.filter(sector="other").update(valid_to="2027-06")

    assert tariff_clock.open_questions(donor, IN_TIME) == []
    assert tariff_clock.answer(pk=own.pk, by=donor, answer="pay_less", now=IN_TIME) == tariff_clock.GONE
    assert tariff_clock.ask(now=IN_TIME) == 0

    DiscountLine.objects.filter(sector="other").update(valid_to="2026-12")

    assert tariff_clock.ask(now=IN_TIME) == 0
    assert Message.objects.filter(event="tariff_change").count() == 1


def test_question_is_over_when_its_month_has_come():
    own = question()
    january = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert tariff_clock.open_questions(own.lineage.donor, january) == []


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_ask_each_donor_once(committed_db):
    make_mandates([MandateSpec() for _ in range(40)])

    answers = at_once([lambda: tariff_clock.ask(now=IN_TIME) for _ in range(4)])

    assert sum(answers) == 40, answers
    assert TariffQuestion.objects.count() == 40
    assert Message.objects.filter(event="tariff_change").count() == 40
    assert AuditEvent.objects.filter(event="tariff.asked").count() == 40
