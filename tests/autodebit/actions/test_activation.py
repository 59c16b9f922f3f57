"""A promise becomes protection when BPJS has confirmed its first month, once, and never before."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.core import signing

from autodebit.actions import activation
from autodebit.actions.activation import activate_confirmed, activate_due
from autodebit.checks import CHECKS, count_of
from registry.models import AuditEvent, Message
from registry.rules.events import Event
from sponsorship.models import Mandate, Registration, Sponsorship
from tests.autodebit.bookkeeping import PAID_AT, confirmed, remitted
from tests.autodebit.population import PERIOD, MandateSpec, WorkerSpec
from tests.autodebit.test_checks_month import tamper
from tests.month import RETURNED_AT, answered_batch, applied, references
from tests.threads import at_once

pytestmark = pytest.mark.django_db
LATER: datetime = PAID_AT + timedelta(hours=1)
TWO_WORKERS = MandateSpec(ceiling=33_600, workers=[WorkerSpec(), WorkerSpec(occupation="ojek_pangkalan")])


def of_donor(number: int) -> list[tuple[str, str]]:
    """(state, protected since) of the promises of the donor with this number."""
    rows = Sponsorship.objects.filter(registration__reference=f"D{number:08d}").order_by("position")
    return list(rows.values_list("state", "active_since"))


def protected() -> int:
    return Sponsorship.objects.filter(state="active").exclude(active_since="").count()


def broken() -> list[str]:
    return [what for code, what, check in CHECKS if code == "I19" and count_of(check)]


def test_nothing_is_protected_before_bpjs_confirmed(profile):
    answered_batch(2)
    assert activate_due(now=LATER) == 0
    remitted()
    assert (activate_due(now=LATER), protected()) == (0, 0)
    assert not Message.objects.filter(event="worker_protected").exists()


def test_a_confirmed_month_protects_its_workers_once_and_their_donor_hears_it_once(profile):
    answered_batch([TWO_WORKERS, MandateSpec()])
    confirmed(remitted())
    assert activate_due(now=LATER) == 3
    assert of_donor(1) == [("active", PERIOD)] * 2 and of_donor(2) == [("active", PERIOD)]
    assert activate_due(now=LATER) == 0
    lines = AuditEvent.objects.filter(event=Event.SPONSORSHIP_ACTIVATED)
    assert lines.count() == 3 and {line.actor_kind for line in lines} == {"system"}
    assert {(line.detail["source"], line.detail["target"]) for line in lines} == {("ready", "active")}
    told = {message.body for message in Message.objects.filter(event="worker_protected")}
    assert len(told) == 2 and any("2 pekerja" in body for body in told)
    assert broken() == []


def test_a_debit_that_failed_or_went_back_before_the_payment_protects_nobody(profile):
    batch = answered_batch(3, ["succeeded", "succeeded", "failed AM04"])
    first, *_ = references(batch)
    applied(batch, {first: "returned MD06"}, now=RETURNED_AT, name="R1.csv")
    confirmed(remitted())
    assert activate_due(now=LATER) == 1
    kept = Sponsorship.objects.get(state="active")
    assert kept.obligation_lines.get().obligation.state == "met"
    assert broken() == []


def test_a_return_after_the_payment_keeps_the_month(profile):
    batch = answered_batch(1)
    confirmed(remitted())
    applied(batch, dict.fromkeys(references(batch), "returned MD06"), now=LATER, name="R1.csv")
    assert activate_due(now=LATER) == 1
    assert of_donor(1) == [("active", PERIOD)]


def test_money_that_came_after_the_confirmed_payment_waits_for_its_own(profile):
    batch = answered_batch(2, ["succeeded"])
    confirmed(remitted())
    late = batch.attempts.get(state="sent")
    applied(batch, {late.reference: "succeeded"}, now=LATER, name="SUSULAN.csv")
    assert activate_due(now=LATER) == 1
    next_day = PAID_AT + timedelta(days=1)
    confirmed(remitted(now=next_day, reference="NTB-0002"), now=next_day)
    assert activate_due(now=LATER + timedelta(days=1)) == 1


def test_a_promise_that_was_paused_or_is_ending_learns_since_when_and_keeps_its_state(profile):
    answered_batch([TWO_WORKERS])
    one, two = Sponsorship.objects.order_by("position")
    Sponsorship.objects.filter(pk=one.pk).update(state="paused", pause_from="2027-01")
    Sponsorship.objects.filter(pk=two.pk).update(state="ending", end_period=PERIOD)
    confirmed(remitted())
    assert activate_due(now=LATER) == 2
    assert of_donor(1) == [("paused", PERIOD), ("ending", PERIOD)]
    assert not AuditEvent.objects.filter(event=Event.SPONSORSHIP_ACTIVATED).exists()
    assert broken() == []


def test_a_worker_whose_share_became_nought_is_not_protected(profile):
    answered_batch([TWO_WORKERS])
    two = Sponsorship.objects.get(position=2)
    # As a batch that was reopened and built anew leaves the line of somebody who is no longer due.
    tamper(
        f"UPDATE autodebit_obligationline SET amount = 0, jkk = 0, jkm = 0 WHERE sponsorship_id = '{two.pk}'"
    )
    confirmed(remitted())
    assert activate_due(now=LATER) == 1
    assert of_donor(1) == [("active", PERIOD), ("ready", "")]


def test_the_link_leads_to_a_registration_that_opens(profile):
    answered_batch(1)
    confirmed(remitted())
    running = Mandate.objects.get()
    _given_up_change_of(running)
    activate_due(now=LATER)
    link = Message.objects.get(event="worker_protected").body.split("/lanjut/")[1].split("/")[0]
    assert signing.loads(link, salt="resume") == str(running.registration_id)


def _given_up_change_of(running: Mandate) -> None:
    """A change that was printed and then taken back."""
    registration = Registration.objects.create(
        reference="PR-0000-0000", donor=running.registration.donor, state="withdrawn", kind="change"
    )
    paper = Mandate.objects.get(pk=running.pk)
    paper.pk, paper.version, paper.number, paper.registration = uuid4(), 2, "SK/2026/11/X-02", registration
    paper.state, paper.start_period, paper.verified_at, paper._state.adding = "cancelled", "", None, True
    paper.save(force_insert=True)


def test_an_earlier_month_that_is_confirmed_later_corrects_since_when(profile):
    answered_batch(1)
    confirmed(remitted())
    Sponsorship.objects.update(state="active", active_since="2027-01")
    assert activate_confirmed(period=PERIOD, profile=profile, now=LATER) == 1
    assert of_donor(1) == [("active", PERIOD)]


def test_another_month_or_bank_activates_nothing(profile):
    answered_batch(1)
    confirmed(remitted())
    assert activate_confirmed(period="2027-01", now=LATER) == 0
    assert activate_confirmed(period=PERIOD, now=LATER) == 1


def test_many_donors_are_worked_off_in_pieces(profile, monkeypatch):
    answered_batch([TWO_WORKERS] * 5)
    confirmed(remitted())
    monkeypatch.setattr(activation, "AT_ONCE", 2)
    monkeypatch.setattr(activation, "CHUNKS", 2)
    assert [activate_due(now=LATER) for _ in range(3)] == [8, 2, 0]
    assert Message.objects.filter(event="worker_protected").count() == 5


def test_a_thousand_promises_take_as_many_statements_as_one(profile, django_assert_max_num_queries):
    answered_batch([TWO_WORKERS] * 30)
    confirmed(remitted())
    with django_assert_max_num_queries(14):
        assert activate_confirmed(period=PERIOD, profile=profile, now=LATER) == 60


def test_the_check_finds_a_promise_that_is_called_protected_without_a_confirmed_month(profile):
    answered_batch(1)
    Sponsorship.objects.update(state="active", active_since=PERIOD)
    assert broken() != []
    Sponsorship.objects.update(active_since="")
    assert broken() != []


def test_the_check_finds_a_confirmation_that_vanished(profile):
    answered_batch(1)
    confirmed(remitted())
    activate_due(now=LATER)
    tamper("UPDATE autodebit_remittance SET confirmed_on = NULL")
    assert broken() != []


def test_two_sweeps_at_once_activate_and_tell_once(committed_db):
    answered_batch([TWO_WORKERS] * 3)
    confirmed(remitted())
    assert sum(at_once([lambda: activate_due(now=LATER)] * 8)) == 6
    assert AuditEvent.objects.filter(event=Event.SPONSORSHIP_ACTIVATED).count() == 6
    assert Message.objects.filter(event="worker_protected").count() == 3
