import pytest
from django.db import connection

from autodebit.actions import books, refunds
from autodebit.checks import CHECKS, count_of
from autodebit.models import Attempt, Entry, MonthClosing
from autodebit.rules.books import Kind
from tests.autodebit.bookkeeping import (
    CLOSED_AT,
    PAID_AT,
    a_paper,
    booked,
    closer,
    credited,
    explained,
    jateng,
    paid_and_booked,
    part,
    remitted,
)
from tests.autodebit.population import PERIOD
from tests.month import RETURNED_AT, an_operator, answered_batch, applied, done, references, two_approvers

pytestmark = pytest.mark.django_db
TOTAL = 25_200
GUARDED = ("attempt", "obligation", "batch", "entry", "allocation", "remittance", "refund", "statementline",
    "monthclosing", "resultfile", "resultline", "followup")  # fmt: skip


def violations() -> dict[str, int]:
    counts = {f"{code} {what}": count_of(check) for code, what, check in CHECKS}
    return {name: count for name, count in counts.items() if count}


def found(code: str) -> int:
    return sum(count for name, count in violations().items() if name.split()[0] == code)


def tamper(*statements: str) -> None:
    """Changes rows as only somebody with the database in hand could: without triggers."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE autodebit_{table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE autodebit_{table} ENABLE TRIGGER USER")


@pytest.fixture
def closed(profile):
    """A month that was closed: two debits succeeded, one failed hard and was followed up."""
    batch = answered_batch(3, ["succeeded", "succeeded", "failed AM04"])
    credited(batch, 16_800, fee=500)
    paid_and_booked()
    (line,) = booked((500, "GANTI BIAYA", "G-1"), now=PAID_AT)
    explained(line, part(500, Kind.TOP_UP), now=PAID_AT)
    done(books.close(profile=jateng(), period=PERIOD, by=closer(), now=CLOSED_AT))
    return batch


def test_a_closed_month_breaks_nothing(closed):
    assert MonthClosing.objects.count() == 1
    assert violations() == {}


def test_a_month_in_all_its_colours_breaks_nothing(profile):
    """A hard answer, no answer, a return before and one after the payment, a refund, a payment taken back."""
    batch = answered_batch(5, ["succeeded", "succeeded", "succeeded", "failed AC04"])
    first, second, third, *_ = references(batch)
    applied(batch, {first: "returned MD06"}, now=RETURNED_AT, name="R1.csv")
    refund = done(
        refunds.request(
            attempt_id=batch.attempts.get(reference=third).pk,
            reason="Salah orang",
            by=an_operator(),
            now=PAID_AT,
        )
    )
    done(refunds.approve(refund_id=refund.pk, by=two_approvers()[0], now=PAID_AT))
    said = {"paid_on": PAID_AT.date(), "payment_reference": "TRF-1", "evidence_file": a_paper()}
    done(refunds.pay(refund_id=refund.pk, by=an_operator(), now=PAID_AT, **said))
    remitted()
    applied(batch, {second: "returned MD06"}, now=CLOSED_AT, name="R2.csv")
    assert violations() == {}


def test_a_late_return_of_a_closed_month_breaks_nothing(closed):
    paid = closed.attempts.filter(state="succeeded").first()
    applied(closed, {paid.reference: "returned MD06"}, now=CLOSED_AT, name="R.csv")
    (line,) = booked((-8_400, "RETUR", "R-9"), now=CLOSED_AT)
    explained(line, part(-8_400, Kind.RETURNED, closed), now=CLOSED_AT)
    assert violations() == {}


_PAID = "(SELECT id FROM autodebit_attempt WHERE state = 'succeeded' ORDER BY reference LIMIT 1)"
_FAILED = "(SELECT id FROM autodebit_attempt WHERE state = 'failed')"
_ENTRY = "(SELECT min(id) FROM autodebit_entry WHERE kind = '{}')"


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("I2", "UPDATE autodebit_entry SET period = '2027-01' WHERE kind = 'collected'"),
        ("I2", "UPDATE autodebit_allocation SET period = '2027-01' WHERE kind = 'collected'"),
        ("I5", "UPDATE autodebit_monthclosing SET by_id = (SELECT recorded_by_id FROM autodebit_remittance)"),
        ("I8", "UPDATE autodebit_resultfile SET count = count + 1"),
        ("I8", "UPDATE autodebit_resultfile SET total = total - 1"),
        ("I9", "UPDATE autodebit_resultline SET reference = 'X' WHERE number = 2"),
        ("I10", f"DELETE FROM autodebit_entry WHERE attempt_id = {_PAID}"),
        ("I10", f"UPDATE autodebit_entry SET amount = amount + 1 WHERE attempt_id = {_PAID}"),
        ("I10", f"UPDATE autodebit_attempt SET state = 'failed' WHERE id = {_PAID}"),
        ("I10", f"UPDATE autodebit_attempt SET state = 'succeeded' WHERE id = {_FAILED}"),
        ("I10", f"UPDATE autodebit_attempt SET state = 'returned' WHERE id = {_PAID}"),
        ("I10", f"UPDATE autodebit_attempt SET state = 'unknown' WHERE id = {_FAILED}"),
        ("I10", f"UPDATE autodebit_attempt SET code = 'AC04' WHERE id = {_FAILED}"),
        ("I10", "UPDATE autodebit_obligation SET state = 'met' WHERE state = 'written_off'"),
        ("I10", "UPDATE autodebit_obligation SET state = 'unmet' WHERE state = 'met'"),
        ("I10", "UPDATE autodebit_entry SET result_file_id = NULL WHERE kind = 'collected'"),
        ("I11", "UPDATE autodebit_entry SET result_line = 99 WHERE kind = 'collected'"),
        ("I11", "UPDATE autodebit_resultfile SET state = 'previewed'"),
        ("I11", "UPDATE autodebit_resultline SET outcome = 'failed' WHERE outcome = 'succeeded'"),
        ("I12", f"UPDATE autodebit_entry SET amount = amount - 1 WHERE id = {_ENTRY.format('remitted')}"),
        ("I12", "UPDATE autodebit_remittance SET withdrawn_at = now()"),
        ("I12", "UPDATE autodebit_monthclosing SET sha256 = repeat('0', 64)"),
        (
            "I12",
            "UPDATE autodebit_monthclosing SET figures = jsonb_set(figures, '{collected}', '16801'::jsonb)",
        ),
        ("I12", "UPDATE autodebit_allocation SET amount = amount + 1 WHERE kind = 'collected'"),
        ("I12", "UPDATE autodebit_statementline SET amount = 1 WHERE amount = 500"),
        ("I12", "DELETE FROM autodebit_entry WHERE kind = 'fee'"),
        ("I12", "UPDATE autodebit_batch SET state = 'reconciled'"),
    ],
)
def test_what_breaks_the_month_is_counted(closed, code, statement):
    tamper(statement)
    assert found(code) >= 1


def test_a_refund_that_one_person_decided_alone_is_counted(profile):
    attempt = answered_batch().attempts.first()
    refund = done(refunds.request(attempt_id=attempt.pk, reason="Salah orang", by=an_operator(), now=PAID_AT))
    done(refunds.approve(refund_id=refund.pk, by=two_approvers()[0], now=PAID_AT))
    assert found("I5") == 0
    tamper(
        "ALTER TABLE autodebit_refund DROP CONSTRAINT two_persons_refund",
        "UPDATE autodebit_refund SET decided_by_id = requested_by_id",
    )
    assert found("I5") == 1


def test_a_refund_paid_without_its_entry_is_counted(profile):
    attempt = answered_batch().attempts.first()
    refund = done(refunds.request(attempt_id=attempt.pk, reason="Salah orang", by=an_operator(), now=PAID_AT))
    tamper(
        "UPDATE autodebit_refund SET state = 'paid', decided_by_id = (SELECT by_id FROM autodebit_approval LIMIT 1)"
    )
    assert found("I16") == 1 and refund.state == "requested"


def test_a_guard_of_the_books_that_was_switched_off_is_counted(closed):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE autodebit_entry DISABLE TRIGGER USER")
    assert found("I16") == len(Entry._meta.triggers)


def test_a_line_without_an_answer_needs_a_task(profile):
    batch = answered_batch(2, ["succeeded"])
    Attempt.objects.filter(batch=batch, state="sent").update(state="unknown")
    assert found("I10") == 1
