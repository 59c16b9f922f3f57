"""Payday of December 2026 for the tests of gate and waves: treasurers, a wave in the bank's hands, and its answers.

Answers are written along the declared transitions, as applying a result does; how a result is read is tested there.
"""

from datetime import UTC, date, datetime

from autodebit.actions import gate
from autodebit.actions.approval import approve, reopen
from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.checks import CHECKS, count_of
from autodebit.models import Attempt, Batch, Delivery, Obligation
from registry.models import City, Opd, RoleAssignment, User
from tests.autodebit.population import AFTER, PERIOD, MandateSpec, make_mandates

PAYDAY = date(2026, 12, 1)
MORNING = datetime(2026, 12, 1, 2, 0, tzinfo=UTC)  # 09.00 WIB, before the deadline of the treasurers
NOON = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)  # 12.00 WIB, the deadline
NEXT_DAY = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)
# A retry made on Tuesday the 8th is debited on the 9th, the last day before the remittance day.
LAST_DAY = datetime(2026, 12, 8, 3, 0, tzinfo=UTC)
TOO_LATE = datetime(2026, 12, 9, 3, 0, tzinfo=UTC)
OBLIGATION_AFTER = {"succeeded": "met", "failed": "unmet"}


def gate_on() -> None:
    City.objects.update(salary_gate="per_opd")


def gate_off() -> None:
    City.objects.update(salary_gate="off")


def opd_id(code: str) -> int:
    return Opd.objects.get(code=code).pk


def unit_of(parent: str, code: str) -> Opd:
    """A unit below an OPD, made up."""
    return Opd.objects.create(
        code=code, name=f"Contoh Unit {code}", kind="unit", parent=Opd.objects.get(code=parent)
    )


def treasurer(code: str, role: str = "opd_treasurer") -> User:
    """The treasurer (or the head) of an OPD, with an address for the reminder."""
    name = f"{role}-{code.lower()}"
    user = User.objects.create(username=name, full_name=f"Contoh {name}", email=f"{name}@contoh.example")
    RoleAssignment.objects.create(user=user, role=role, opd=Opd.objects.get(code=code))
    return user


def landed(code: str, by: User, now: datetime = MORNING):
    """The treasurer says that the salary landed on payday."""
    return gate.confirm(opd_id=opd_id(code), period=PERIOD, landed_on=PAYDAY, by=by, now=now)


def frozen(*offices: str) -> Batch:
    """The first wave with one donor for each OPD code given."""
    make_mandates([MandateSpec(opd=code) for code in offices])
    return build(batch_id=open_due(now=AFTER).pk, now=AFTER)


def built(batch: Batch, now: datetime) -> Batch:
    made = build(batch_id=batch.pk, now=now)
    assert isinstance(made, Batch), made
    return made


def reopened(batch: Batch, operator: User, now: datetime) -> Batch:
    """Opened again and built anew."""
    reopen(batch_id=batch.pk, reason="Disusun ulang", by=operator, now=now)
    return built(batch, now)


def approved(batch: Batch, approvers, now: datetime = NOON) -> Batch:
    batch.refresh_from_db()
    seen = {"revision": batch.revision, "content_hash": batch.content_hash, "now": now}
    for person in approvers:
        batch = approve(batch_id=batch.pk, by=person, **seen)
        assert isinstance(batch, Batch), batch
    return batch


def delivered(batch: Batch, approvers, operator: User, now: datetime = NOON) -> Batch:
    """Approved for real, then sealed and handed over in rows alone: the lines are sent, the obligations open."""
    approved(batch, approvers, now)
    Batch.objects.filter(pk=batch.pk).update(state="sealed", sealed_at=now)
    Batch.objects.filter(pk=batch.pk).update(state="delivered")
    Delivery.objects.create(
        batch=batch,
        channel="portal",
        receiver="Contoh Petugas Bank",
        by=operator,
        handed_at=now,
        recorded_at=now,
    )
    Attempt.objects.filter(batch=batch, state="approved").update(state="sent")
    Obligation.objects.filter(attempts__batch=batch, attempts__state="sent").update(state="open")
    batch.refresh_from_db()
    return batch


def answered(line: Attempt, outcome: str, code: str = "") -> Attempt:
    """The bank's word on a line that was sent: "succeeded", "failed", "returned" or "unknown"."""
    steps = ("succeeded", "returned") if outcome == "returned" else (outcome,)
    for step in steps:
        Attempt.objects.filter(pk=line.pk).update(state=step, code=code)
    if outcome in OBLIGATION_AFTER or outcome == "returned":
        after = ("met", "reopened") if outcome == "returned" else (OBLIGATION_AFTER[outcome],)
        for state in after:
            Obligation.objects.filter(pk=line.obligation_id).update(state=state)
    line.refresh_from_db()
    return line


def answer_all(batch: Batch, outcome: str, code: str = "") -> None:
    for line in batch.attempts.filter(state="sent"):
        answered(line, outcome, code)


def violations() -> list[str]:
    """The invariants of the collection that do not hold now; answers written here leave the books of money empty."""
    books = ("I10", "I12")
    return [f"{code} {what}" for code, what, check in CHECKS if code not in books and count_of(check)]
