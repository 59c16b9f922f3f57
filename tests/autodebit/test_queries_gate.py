import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from autodebit import queries_gate
from autodebit.actions import gate
from autodebit.queries_gate import OfficeMonth
from tests.autodebit import payday
from tests.autodebit.payday import MORNING, NEXT_DAY, NOON, TOO_LATE, landed, opd_id, treasurer
from tests.autodebit.population import DISCOUNTED, PERIOD, make_staff
from tests.month import sealed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def policy(db):
    payday.gate_on()


def test_a_debit_waits_until_it_is_in_a_sealed_file(approvers):
    batch = payday.frozen("DISDIK", "DISDIK")
    landed("DISDIK", treasurer("DISDIK"))
    waiting = OfficeMonth(2, 2 * DISCOUNTED, 2, 2 * DISCOUNTED)
    office = opd_id("DISDIK")
    assert queries_gate.month_of_offices(PERIOD) == {office: waiting}
    sealed(payday.approved(batch, approvers), now=NOON)
    assert queries_gate.month_of_offices(PERIOD) == {office: OfficeMonth(2, 2 * DISCOUNTED, 0, 0)}
    assert queries_gate.has_sealed_lines(office, PERIOD)


def test_a_released_debit_still_waits_and_a_skipped_one_is_none_of_the_month(operator):
    batch = payday.frozen("DISDIK", "DINKES")
    landed("DISDIK", treasurer("DISDIK"))
    gate.narrow(batch_id=batch.pk, by=operator, now=MORNING)
    assert queries_gate.month_of_offices(PERIOD)[opd_id("DINKES")] == OfficeMonth(
        1, DISCOUNTED, 1, DISCOUNTED
    )
    assert queries_gate.unspoken_offices(PERIOD) == [opd_id("DINKES")]
    said = {"opd_id": opd_id("DINKES"), "period": PERIOD, "decision": "skip", "reason": "Gaji tertunda"}
    gate.decide(by=operator, now=NOON, **said)
    assert queries_gate.month_of_offices(PERIOD)[opd_id("DINKES")] == OfficeMonth()
    assert queries_gate.unspoken_offices(PERIOD) == []
    assert not queries_gate.has_sealed_lines(opd_id("DINKES"), PERIOD)


def test_a_line_that_was_built_again_counts_once(operator):
    batch = payday.frozen("DISDIK")
    payday.reopened(batch, operator, MORNING)
    assert queries_gate.month_of_offices(PERIOD)[opd_id("DISDIK")].lines == 1


def test_the_own_word_comes_before_the_one_from_above():
    unit = payday.unit_of("DISDIK", "SD-CONTOH")
    above, own = treasurer("DISDIK"), treasurer(unit.code)
    first = landed("DISDIK", above)
    assert queries_gate.words(PERIOD)[unit.pk].confirmation_id == first.pk
    second = landed(unit.code, own)
    words = queries_gate.words(PERIOD)
    assert (words[unit.pk].confirmation_id, words[first.opd_id].confirmation_id) == (second.pk, first.pk)
    assert opd_id("DINKES") not in words
    assert queries_gate.open_offices(PERIOD) == sorted([first.opd_id, unit.pk])


def test_without_the_policy_nothing_is_held_back_or_unspoken():
    batch = payday.frozen("DISDIK")
    assert [office.lines for office in queries_gate.held_back(batch)] == [1]
    payday.gate_off()
    assert queries_gate.held_back(batch) == [] and queries_gate.unspoken_offices(PERIOD) == []


def test_a_month_is_past_its_deadline_from_noon_of_payday_to_the_last_day():
    payday.frozen("DISDIK")
    assert queries_gate.months_past_deadline(MORNING) == []
    for moment in (NOON, NEXT_DAY):
        assert [str(month) for month in queries_gate.months_past_deadline(moment)] == [PERIOD]
    assert queries_gate.months_past_deadline(TOO_LATE) == []


def test_names_are_few_and_tell_how_many_more():
    ids = [opd_id(code) for code in ("DISDIK", "DINKES", "SETDA", "SETWAN", "BAPPEDA")]
    text = queries_gate.names_of(ids)
    assert text.endswith(" dan 2 OPD lain") and text.count(",") == 2
    assert queries_gate.names_of(ids[:1]) == "Dinas Pendidikan"


def test_the_gate_of_a_batch_is_read_by_as_many_queries_for_one_office_as_for_three():
    batch = payday.frozen("DISDIK")
    landed("DISDIK", treasurer("DISDIK"))
    with CaptureQueriesContext(connection) as one:
        queries_gate.held_back(batch)
    landed("DINKES", treasurer("DINKES"))
    payday.make_mandates([payday.MandateSpec(opd=code) for code in ("DINKES", "SETDA")])
    operator = make_staff("op", "labour_operator")
    batch = payday.reopened(batch, operator, MORNING)
    with CaptureQueriesContext(connection) as three:
        held = queries_gate.held_back(batch)
    assert [office.opd_id for office in held] == [opd_id("SETDA")]
    assert len(one) == len(three)
