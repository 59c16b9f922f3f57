import pytest
from django.db import InternalError, connection, transaction

from autodebit.actions.approval import approve
from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.actions.sealing import request_seal, seal
from autodebit.checks import CHECKS, count_of
from autodebit.models import Approval, Attempt, BankFile, Batch, Obligation
from registry.actions import audit, documents
from tests.autodebit.population import AFTER, MandateSpec, WorkerSpec, make_mandates, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def sealed(profile, operator, approvers) -> Batch:
    """A sealed batch of four lines and two exclusions, in which every invariant holds."""
    make_mandates(
        [MandateSpec() for _ in range(3)]
        + [MandateSpec(workers=[WorkerSpec(), WorkerSpec(occupation="ojek_pangkalan")], ceiling=40_000)]
        + [MandateSpec(state="suspended"), MandateSpec(ceiling=8_399)]
    )
    batch = build(batch_id=open_due(now=AFTER).pk, now=AFTER)
    for person in approvers:
        approve(batch_id=batch.pk, revision=1, content_hash=batch.content_hash, by=person, now=AFTER)
    request_seal(batch_id=batch.pk, by=operator, now=AFTER)
    return seal(batch_id=batch.pk, now=AFTER)


def violations() -> dict[str, int]:
    """Violations by description, those of every check that found any."""
    counts = {f"{code} {description}": count_of(check) for code, description, check in CHECKS}
    return {name: count for name, count in counts.items() if count}


def tamper(*statements: str) -> None:
    """Changes rows as only somebody with the database in hand could: without triggers and unique indexes."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in (
            "attempt",
            "obligation",
            "obligationline",
            "batch",
            "approval",
            "bankfile",
            "exclusion",
        ):
            cursor.execute(f"ALTER TABLE autodebit_{table} DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE sponsorship_mandate DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in (
            "attempt",
            "obligation",
            "obligationline",
            "batch",
            "approval",
            "bankfile",
            "exclusion",
        ):
            cursor.execute(f"ALTER TABLE autodebit_{table} ENABLE TRIGGER USER")


def found(code: str) -> int:
    return sum(count for name, count in violations().items() if name.split()[0] == code)


def test_a_sealed_batch_breaks_nothing(sealed):
    assert sealed.state == "sealed"
    assert violations() == {}


def test_an_empty_database_breaks_nothing(profile):
    assert violations() == {}


FIRST = "(SELECT id FROM autodebit_attempt ORDER BY reference LIMIT 1)"
ONE_MORE = (
    """INSERT INTO autodebit_attempt (id, obligation_id, batch_id, revision, number, reference, state, amount,
    mandate_id, mandate_number, signed_on, account, account_holder, opd_id, code)
    SELECT gen_random_uuid(), obligation_id, batch_id, {revision}, 2, {reference}, '{state}', amount, mandate_id,
    mandate_number, signed_on, account, account_holder, opd_id, '' FROM autodebit_attempt WHERE id = """
    + FIRST
)


@pytest.mark.parametrize(
    ("code", "statements"),
    [
        (
            "I1",
            [
                "DROP INDEX one_live_attempt_per_obligation",
                ONE_MORE.format(revision=9, reference="'X'", state="succeeded"),
            ],
        ),
        ("I2", ["UPDATE autodebit_batch SET period = '2026-13'"]),
        ("I2", ["UPDATE autodebit_obligation SET period = '2027-01' WHERE state = 'planned'"]),
        ("I3", [f"UPDATE autodebit_attempt SET account_holder = 'Lain' WHERE id = {FIRST}"]),
        ("I3", [f"UPDATE autodebit_attempt SET account = '\\x00' WHERE id = {FIRST}"]),
        ("I4", ["DELETE FROM autodebit_exclusion WHERE reason = 'suspended'"]),
        (
            "I4",
            [
                "UPDATE sponsorship_mandate SET verified_at = '2026-12-01' WHERE state = 'active' AND ceiling = 40000"
            ],
        ),
        (
            "I5",
            ["UPDATE autodebit_batch SET maker_id = (SELECT by_id FROM autodebit_approval WHERE slot = 1)"],
        ),
        ("I5", ["DELETE FROM autodebit_approval WHERE slot = 2"]),
        ("I6", ["UPDATE autodebit_approval SET content_hash = repeat('0', 64) WHERE slot = 1"]),
        ("I6", [f"UPDATE autodebit_attempt SET signed_on = '2026-11-01' WHERE id = {FIRST}"]),
        ("I7", ["UPDATE autodebit_bankfile SET sha256 = repeat('0', 64) WHERE format = 'bank_csv'"]),
        ("I8", ["UPDATE autodebit_batch SET total = total + 1"]),
        ("I8", ["UPDATE autodebit_bankfile SET count = count + 1 WHERE format = 'pain008'"]),
        ("I8", [f"UPDATE autodebit_attempt SET amount = amount + 1 WHERE id = {FIRST}"]),
        ("I9", [f"UPDATE autodebit_attempt SET reference = 'A234567801261210' WHERE id = {FIRST}"]),
        ("I14", ["UPDATE sponsorship_mandate SET ceiling = 1"]),
        ("I14", ["UPDATE autodebit_obligationline SET jkk = jkk + 1, amount = amount + 1"]),
        ("I15", ["UPDATE autodebit_batch SET collection_date = '2026-11-17'"]),
        (
            "I15",
            [
                "UPDATE sponsorship_mandate SET state = 'cancelled', ended_at = '2026-11-25' WHERE ceiling = 40000"
            ],
        ),
        ("I16", [f"UPDATE autodebit_attempt SET number = 2 WHERE id = {FIRST}"]),
    ],
)
def test_what_breaks_an_invariant_is_counted(sealed, code, statements):
    tamper(*statements)
    assert found(code) >= 1


def test_the_checks_cover_the_invariants_that_exist_so_far():
    assert {code for code, _, _ in CHECKS} == {
        "I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I12", "I14", "I15", "I16", "I19",
    }  # fmt: skip


def test_a_reference_that_occurs_twice_is_counted(sealed):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'autodebit_attempt'::regclass AND contype = 'u'"
        )
        uniques = [f"ALTER TABLE autodebit_attempt DROP CONSTRAINT {name}" for (name,) in cursor.fetchall()]
    tamper(*uniques, ONE_MORE.format(revision=9, reference="reference", state="released"))
    assert violations()["I9 Rujukan baris unik selamanya"] == 1


def test_a_lost_file_is_counted(sealed):
    documents.path_of(BankFile.objects.first().sha256).unlink()
    assert found("I7") == 1


def test_a_guard_that_was_switched_off_is_counted(sealed):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE autodebit_attempt DISABLE TRIGGER USER")
    assert found("I16") == len(Attempt._meta.triggers)


@pytest.mark.parametrize("model", [Attempt, Approval, BankFile, Batch, Obligation])
def test_money_cannot_be_deleted(sealed, model):
    with pytest.raises(InternalError, match=r"Cannot (update or )?delete"), transaction.atomic():
        model.objects.all()._raw_delete(model.objects.db)


def test_an_approval_by_somebody_who_reopened_the_batch_is_counted(sealed, approvers):
    audit.record(event="batch.reopened", about=sealed, by=approvers[0], now=AFTER)
    assert found("I5") == 1


def test_two_obligations_of_one_month_are_counted(sealed):
    tamper(
        "ALTER TABLE autodebit_obligation DROP CONSTRAINT one_obligation_per_lineage_and_period",
        """INSERT INTO autodebit_obligation (lineage_id, mandate_id, period, amount, state, reason, planned_at)
        SELECT lineage_id, mandate_id, period, amount, 'planned', '', planned_at FROM autodebit_obligation
        WHERE state = 'skipped'""",
    )
    assert found("I1") == 1


def test_staff_who_only_look_are_no_makers(sealed):
    make_staff("pengamat", "labour_viewer")
    assert violations() == {}
