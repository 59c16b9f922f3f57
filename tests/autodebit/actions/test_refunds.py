import pytest

from autodebit.actions import refunds
from autodebit.models import Entry, Refund
from autodebit.queries_books import books_of
from registry.actions import documents
from registry.models import AuditEvent
from tests.autodebit.bookkeeping import PAID_AT, a_paper, jateng, remitted
from tests.autodebit.population import PERIOD, make_staff
from tests.autodebit.together import together
from tests.month import RETURNED_AT, an_operator, answered_batch, applied, done, references, two_approvers

pytestmark = pytest.mark.django_db


@pytest.fixture
def attempt(profile):
    """One debit of three that succeeded."""
    return answered_batch().attempts.order_by("reference").first()


def requested(attempt, **changes) -> Refund:
    said = {"reason": "Salah orang terpotong", "by": an_operator(), "now": PAID_AT, **changes}
    return refunds.request(attempt_id=attempt.pk, **said)


def approved(attempt) -> Refund:
    refund = done(requested(attempt))
    return done(refunds.approve(refund_id=refund.pk, by=two_approvers()[0], now=PAID_AT))


def paid(refund, **changes):
    said = {
        "paid_on": PAID_AT.date(),
        "payment_reference": "TRF-1",
        "evidence_file": a_paper(),
        "by": an_operator(),
        "now": PAID_AT,
        **changes,
    }
    return refunds.pay(refund_id=refund.pk, **said)


def test_a_refund_goes_through_two_persons_and_enters_the_books(attempt):
    refund = done(paid(approved(attempt)))
    entry = Entry.objects.get(kind="refunded")
    assert (refund.state, refund.amount, entry.amount, entry.attempt) == ("paid", 8_400, -8_400, attempt)
    attempt.obligation.refresh_from_db()
    assert attempt.obligation.state == "written_off"
    assert (books_of(jateng(), PERIOD).refunded, books_of(jateng(), PERIOD).to_remit) == (8_400, 16_800)
    events = ["refund.requested", "refund.approved", "refund.paid"]
    assert AuditEvent.objects.filter(event__in=events).count() == 3


def test_a_full_disk_pays_nothing_and_says_so_at_the_proof(attempt, monkeypatch):
    refund = approved(attempt)

    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(documents, "store", full)
    assert (paid(refund).code, paid(refund).field) == ("not_kept", "evidence")
    refund.refresh_from_db()
    assert refund.state == "approved" and not Entry.objects.filter(kind="refunded").exists()


def test_after_the_payment_to_bpjs_a_refund_leaves_a_hole_that_is_shown(attempt):
    remitted()
    done(paid(approved(attempt)))
    now = books_of(jateng(), PERIOD)
    assert (now.refunded, now.refunded_after, now.fees_uncovered) == (0, 8_400, 8_400)


def test_the_proposer_does_not_decide(attempt):
    operator = an_operator()
    operator.assignments.create(role="labour_approver")
    refund = done(requested(attempt))
    for decide in (refunds.approve, refunds.refuse):
        assert decide(refund_id=refund.pk, by=operator, now=PAID_AT).code in ("own_proposal", "right_missing")
    operator = type(operator).objects.get(pk=operator.pk)
    assert refunds.approve(refund_id=refund.pk, by=operator, now=PAID_AT).code == "own_proposal"
    refund.refresh_from_db()
    assert refund.state == "requested"


def test_a_refused_refund_is_not_paid_and_may_be_proposed_again(attempt):
    refund = done(requested(attempt))
    done(refunds.refuse(refund_id=refund.pk, by=two_approvers()[0], now=PAID_AT))
    assert paid(refund).code == "moved_on"
    assert done(requested(attempt)).pk != refund.pk


def test_a_refund_that_nobody_approved_is_not_paid(attempt):
    assert paid(done(requested(attempt))).code == "moved_on"
    assert not Entry.objects.filter(kind="refunded").exists()


def test_a_second_proposal_answers_the_first(attempt):
    assert done(requested(attempt)).pk == done(requested(attempt)).pk


def test_only_a_debit_that_succeeded_is_refunded(profile):
    batch = answered_batch(2, ["failed AM04", "succeeded"])
    failed = batch.attempts.get(state="failed")
    assert requested(failed).code == "not_succeeded"


def test_what_the_bank_took_back_meanwhile_is_not_paid_a_second_time(attempt):
    refund = approved(attempt)
    batch = attempt.batch
    applied(batch, {attempt.reference: "returned MD06"}, now=RETURNED_AT, name="RETUR.csv")
    assert paid(refund).code == "not_succeeded"
    assert attempt.reference in references(batch)
    assert not Entry.objects.filter(kind="refunded").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"payment_reference": ""}, "payment_reference"),
        ({"paid_on": PAID_AT.date().replace(day=11)}, "paid_on"),
        ({"evidence_file": b""}, "evidence"),
    ],
)
def test_a_payment_without_proof_is_refused(attempt, changes, field):
    assert paid(approved(attempt), **changes).field == field
    assert Refund.objects.get().state == "approved"


def test_rights_are_apart(attempt):
    approver, viewer = two_approvers()[0], make_staff("pengamat", "labour_viewer")
    assert requested(attempt, by=approver).code == "right_missing"
    refund = done(requested(attempt))
    assert refunds.approve(refund_id=refund.pk, by=viewer, now=PAID_AT).code == "right_missing"
    done(refunds.approve(refund_id=refund.pk, by=approver, now=PAID_AT))
    assert paid(refund, by=approver).code == "right_missing"


def test_a_refund_paid_by_five_at_once_is_paid_once(committed_db):
    attempt = answered_batch().attempts.first()
    refund, by = approved(attempt), an_operator()
    answers = together(5, lambda _: paid(refund, by=by))
    assert sum(getattr(answer, "state", "") == "paid" for answer in answers) == 1
    assert Entry.objects.filter(kind="refunded").count() == 1
