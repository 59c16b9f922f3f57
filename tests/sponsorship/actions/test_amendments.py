"""A new account or ceiling for who runs already: prefilled, papers used again, no month lost and none paid twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.models import Attempt
from registry.checks import count_of
from registry.models import Bank, Document
from registry.rules.documents import DocumentKind, ReturnReason
from registry.rules.roles import Role
from sponsorship.actions import (
    amendments,
    drafts,
    ending,
    erasure,
    leaving,
    mandates,
    registration,
    verification,
)
from sponsorship.actions.facts import facts_of
from sponsorship.checks import CHECKS
from sponsorship.models import Mandate, Registration, Sponsorship
from sponsorship.rules.checks import REQUIRED_CHECKS
from sponsorship.rules.completeness import gaps
from sponsorship.rules.consent import consent_text
from tests import at_state
from tests.cast import BIMA, MORNING, PARJO, RARA

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_papers")]

NEXT_DAY = MORNING + timedelta(days=1)
# December's cut-off: Thursday 26 November, 16.00 WIB.
CUTOFF = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LAST_MINUTE = CUTOFF - timedelta(minutes=1)
AFTER = CUTOFF + timedelta(minutes=30)
NEW_ACCOUNT = "0009998887"


@pytest.fixture
def verifier():
    return at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")


@pytest.fixture
def made(verifier) -> Registration:
    return at_state.verified(RARA, verifier)


def change_of(made: Registration, now=NEXT_DAY) -> Registration:
    started = amendments.start_change(by=made.donor, now=now)
    assert isinstance(started, Registration), started
    return started


def with_account(change: Registration, account: str = NEW_ACCOUNT, now=NEXT_DAY) -> Registration:
    return drafts.save_account(
        registration_id=change.pk, bank=Bank.objects.get(), account=account, holder=RARA.name, notes=[],
        by=change.donor, now=now,
    )  # fmt: skip


def kept(change: Registration) -> list[str]:
    return sorted(change.papers.filter(set_aside_at=None).values_list("kind", flat=True))


def sent(change: Registration, now=NEXT_DAY, papers=(DocumentKind.SIGNED_MANDATE,)) -> Registration:
    change = Registration.objects.get(pk=change.pk)
    text = consent_text(mandates.figures_of(change, now))
    mandates.issue(registration_id=change.pk, agreed_text=text, by=change.donor, now=now)
    at_state.hand_in_papers(change, now, papers)
    answer = registration.submit(registration_id=change.pk, by=change.donor, now=now)
    assert isinstance(answer, Registration), answer
    return answer


def approved(change: Registration, verifier, now) -> Registration:
    held = verification.take(registration_id=change.pk, by=verifier, now=now)
    done = verification.verify(
        registration_id=held.pk, revision=held.revision, checks=list(REQUIRED_CHECKS), by=verifier, now=now
    )
    assert isinstance(done, Registration), done
    return done


def test_change_is_filled_in_and_lacks_only_a_new_signed_paper(made):
    change = change_of(made)

    assert (change.kind, change.state) == ("change", "draft")
    copied = ("name", "nip", "employment", "position", "opd_id", "account", "account_holder")
    assert [getattr(change, name) for name in copied] == [getattr(made, name) for name in copied]
    assert change.ceiling == Mandate.objects.get().ceiling
    assert kept(change) == ["ktp", "passbook"]
    assert [gap.code for gap in gaps(facts_of(change))] == ["mandate_missing", "paper_missing"]
    figures = mandates.figures_of(change, NEXT_DAY)
    assert (figures.workers, figures.amount_now, str(figures.start)) == (1, 8_400, "2026-12")


def test_starting_twice_gives_the_same_change(made):
    assert change_of(made) == change_of(made)


def test_other_open_registration_has_to_be_finished_or_withdrawn_first(made):
    open_one = drafts.start(donor=made.donor, link=None, now=NEXT_DAY)
    assert amendments.start_change(by=made.donor, now=NEXT_DAY) == amendments.OTHER_OPEN
    registration.withdraw(registration_id=open_one.pk, by=made.donor, now=NEXT_DAY)
    change = sent(change_of(made))
    assert amendments.start_change(by=made.donor, now=NEXT_DAY) == amendments.ALREADY_SENT
    assert drafts.start(donor=made.donor, link=None, now=NEXT_DAY) == change


def test_nothing_running_or_nobody_going_on_has_nothing_to_change(made):
    assert amendments.start_change(by=at_state.draft(BIMA).donor, now=MORNING) == ending.NOTHING_RUNS
    held = Sponsorship.objects.get(donor=made.donor)
    ending.end_sponsorship(held, "2026-12", made.donor, AFTER)
    assert amendments.start_change(by=made.donor, now=AFTER) == amendments.NOBODY_GOES_ON


def test_new_account_asks_for_its_passbook_and_the_old_one_gives_it_back(made):
    change = change_of(made)

    with_account(change)
    assert kept(change) == ["ktp"]

    with_account(change, RARA.account)
    assert kept(change) == ["ktp", "passbook"]


def test_own_passbook_of_a_change_is_never_set_aside(made):
    change = change_of(made)
    with_account(change)
    at_state.hand_in_papers(change, NEXT_DAY, (DocumentKind.PASSBOOK,))
    with_account(change)
    assert kept(change) == ["ktp", "passbook"]


def test_paper_used_again_that_the_verifier_gave_back_is_not_used_once_more(made, verifier):
    change = sent(change_of(made))
    held = verification.take(registration_id=change.pk, by=verifier, now=NEXT_DAY)
    blurred = {DocumentKind.KTP: [ReturnReason.BLURRED], DocumentKind.PASSBOOK: [ReturnReason.BLURRED]}
    given = {"registration_id": held.pk, "revision": held.revision, "reasons": blurred, "note": ""}
    verification.return_to_donor(**given, by=verifier, now=NEXT_DAY)

    with_account(change)
    with_account(change, RARA.account)

    assert kept(change) == ["signed_mandate"]


def test_paper_destroyed_or_set_aside_before_is_asked_for_again(made):
    made.papers.filter(kind="ktp").update(set_aside_at=MORNING)
    passbook = made.papers.get(kind="passbook").document
    Document.objects.filter(pk=passbook.pk).update(purged_at=MORNING)
    assert kept(change_of(made)) == []


def test_verified_before_the_cutoff_the_new_account_pays_the_next_month(made, verifier):
    change = with_account(change_of(made))
    approved(sent(change, papers=(DocumentKind.SIGNED_MANDATE, DocumentKind.PASSBOOK)), verifier, LAST_MINUTE)

    build(batch_id=open_due(now=AFTER).pk, now=AFTER)

    old, new = Mandate.objects.order_by("version")
    assert (old.state, old.end_period) == ("replaced", "")
    assert (new.state, new.start_period, new.version, new.lineage_id) == (
        "active",
        "2026-12",
        2,
        old.lineage_id,
    )
    line = Attempt.objects.get()
    assert (line.mandate, line.amount) == (new, 8_400)
    assert Sponsorship.objects.values_list("state", "start_period", "end_period").get() == (
        "ready",
        "2026-12",
        "",
    )
    assert [check.what for check in CHECKS if count_of(check.count)] == []


def test_verified_at_the_cutoff_the_old_account_pays_that_month_and_the_new_one_the_month_after(
    made, verifier
):
    change = with_account(change_of(made))
    approved(sent(change, papers=(DocumentKind.SIGNED_MANDATE, DocumentKind.PASSBOOK)), verifier, CUTOFF)

    build(batch_id=open_due(now=AFTER).pk, now=AFTER)

    old, new = Mandate.objects.order_by("version")
    assert (old.state, old.end_period) == ("replaced", "2026-12")
    assert (new.state, new.start_period) == ("active", "2027-01")
    assert Attempt.objects.get().mandate == old
    january = datetime(2026, 12, 29, 9, 30, tzinfo=UTC)
    build(batch_id=open_due(now=january).pk, now=january)
    later = Attempt.objects.get(obligation__period="2027-01")
    assert (later.mandate, later.amount) == (new, 16_800)
    assert Sponsorship.objects.get().state == "ready"


def test_last_month_of_who_retires_stays_when_a_change_is_verified_after_its_next_month_was_closed(
    made, verifier
):
    leaving.retire(by=made.donor, first_day_without_salary=date(2026, 12, 1), now=MORNING)
    change = with_account(change_of(made))
    approved(sent(change, papers=(DocumentKind.SIGNED_MANDATE, DocumentKind.PASSBOOK)), verifier, CUTOFF)

    answer = build(batch_id=open_due(now=AFTER).pk, now=AFTER)

    assert answer.code == "nobody_due", Attempt.objects.all()
    old, new = Mandate.objects.order_by("version")
    assert (old.end_period, new.end_period) == ("", "2026-11")
    assert leaving.close_retired(now=AFTER) == 1


def test_higher_ceiling_makes_room_and_a_worker_added_meanwhile_has_to_be_printed(made, verifier):
    change = change_of(made)
    drafts.save_terms(
        registration_id=change.pk, ceiling=33_600, wished_start=None, by=made.donor, now=NEXT_DAY
    )
    approved(sent(change), verifier, NEXT_DAY)
    assert Mandate.objects.get(state="active").ceiling == 33_600


def test_paper_no_longer_fits_when_the_workers_it_names_are_gone(made):
    change = change_of(made)
    text = consent_text(mandates.figures_of(change, NEXT_DAY))
    mandates.issue(registration_id=change.pk, agreed_text=text, by=change.donor, now=NEXT_DAY)
    held = Sponsorship.objects.get()
    ending.end_sponsorship(held, "2026-12", made.donor, AFTER)

    found = registration.submit(registration_id=change.pk, by=made.donor, now=AFTER)

    assert [finding.code for finding in found][:2] == ["nobody_runs", "mandate_missing"]


def test_withdrawing_a_change_leaves_the_running_mandate_and_its_papers_untouched(made):
    change = sent(with_account(change_of(made)), papers=(DocumentKind.SIGNED_MANDATE, DocumentKind.PASSBOOK))

    registration.withdraw(registration_id=change.pk, by=made.donor, now=NEXT_DAY)

    states = dict(Mandate.objects.values_list("version", "state"))
    assert states == {1: "active", 2: "cancelled"}
    assert Sponsorship.objects.get().state == "ready"
    assert Registration.objects.get(pk=made.pk).ended_at is None
    assert registration.purge_papers(now=NEXT_DAY + timedelta(days=91)) == 2
    left = made.papers.filter(document__purged_at=None).values_list("kind", flat=True)
    assert sorted(left) == ["ktp", "passbook", "signed_mandate"]


def test_scans_used_by_a_running_change_outlive_the_registration_they_were_handed_in_for(made, verifier):
    change = approved(sent(change_of(made)), verifier, NEXT_DAY)
    Registration.objects.filter(pk=made.pk).update(ended_at=NEXT_DAY)

    assert registration.purge_papers(now=NEXT_DAY + timedelta(days=91)) == 0
    ending.revoke(by=made.donor, now=NEXT_DAY + timedelta(hours=1))
    assert Registration.objects.get(pk=change.pk).ended_at is not None
    # KTP and passbook, each named by both registrations.
    assert registration.purge_papers(now=NEXT_DAY + timedelta(days=92)) == 4
    assert not Document.objects.filter(kind__in=("ktp", "passbook"), purged_at=None).exists()


def test_a_second_change_ends_the_retention_of_the_first(made, verifier):
    first = approved(sent(change_of(made)), verifier, NEXT_DAY)
    later = NEXT_DAY + timedelta(hours=3)
    second = approved(sent(with_account(change_of(made, later), now=later), later,
                           (DocumentKind.SIGNED_MANDATE, DocumentKind.PASSBOOK)), verifier, later)  # fmt: skip
    assert Registration.objects.get(pk=first.pk).ended_at == later
    assert Registration.objects.get(pk=second.pk).ended_at is None
    assert kept(second) == ["ktp", "passbook", "signed_mandate"]


def test_new_registration_with_a_worker_after_a_change_covers_both(made, verifier):
    approved(sent(change_of(made)), verifier, NEXT_DAY)
    later = NEXT_DAY + timedelta(days=1)
    at_state.verified(replace(RARA, workers=(PARJO,)), verifier, later)
    assert list(Mandate.objects.order_by("version").values_list("state", flat=True)) == [
        "replaced",
        "replaced",
        "active",
    ]
    assert mandates.figures_of(change_of(made, later), later).workers == 2


def test_trimming_what_is_over_leaves_the_scans_that_a_change_stands_on(made):
    """The first registration has ended and its donor deletes it while the change is under way."""
    change = change_of(made)
    ktp = change.papers.get(kind=DocumentKind.KTP).document
    Sponsorship.objects.filter(registration=made, state="ready").update(state="ending", end_period="2026-11")
    Sponsorship.objects.filter(registration=made).update(state="ended", holds_nik=None)
    Mandate.objects.filter(registration=made).update(state="replaced", ended_at=NEXT_DAY)
    Registration.objects.filter(pk=made.pk).update(ended_at=NEXT_DAY)
    assert erasure.trim_registration(registration=made, by=made.donor, now=NEXT_DAY) is None
    assert Document.objects.get(pk=ktp.pk).purged_at is None
