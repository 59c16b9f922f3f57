"""Erasing: what was typed, handed in and said is gone from every column and file; what shows how it ended stays."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.db.utils import InternalError

from registry.actions import contacts, messages
from registry.actions.audit import SYSTEM
from registry.checks import count_of
from registry.models import AuditEvent, Document, Donor, Message, Worker
from registry.rules.documents import DocumentKind, ReturnReason
from registry.rules.finding import Finding
from registry.rules.roles import Role
from sponsorship.actions import ending, erasure, leaving, pausing, registration, verification
from sponsorship.checks import CHECKS
from sponsorship.models import Consent, Mandate, NikTry, Registration, Sponsorship
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, MORNING, RARA, SUTINI
from tests.threads import at_once

NEXT_DAY = MORNING + timedelta(days=1)
CANARY = replace(
    RARA,
    name="Kenari Contoh Rahasia",
    position="Pengelola Kenari",
    email="kenari@contoh.example",
    workers=(replace(SUTINI, name="Murai Contoh Batu", workplace="Kios Cendrawasih 9"),),
)
TYPED = ("Kenari Contoh", "Pengelola Kenari", "kenari@contoh.example", "Murai Contoh", "Cendrawasih")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_papers")]


@pytest.fixture
def verifier():
    return at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")


def withdrawn(person=CANARY, now=MORNING) -> Registration:
    made = at_state.submitted(person, now)
    return registration.withdraw(registration_id=made.pk, by=made.donor, now=now)


def columns_of(model, pk) -> dict:
    """A row as the database holds it: sealed columns as their bytes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {model._meta.db_table} WHERE id = %s", [pk])
        return dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))


def everything_in_the_database() -> str:
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def files(settings) -> list:
    return [path for path in settings.PAPERS_DIR.rglob("*") if path.is_file()]


def sealed_words() -> str:
    return "\n".join(f"{said.to} {said.subject} {said.body}" for said in Message.objects.all())


def test_erasing_empties_columns_files_and_messages_of_a_withdrawn_registration(settings):
    made = withdrawn()
    messages.send_waiting(now=MORNING)
    Message.objects.filter(event="one_time_code").delete()  # a day later, by the house's own forgetting
    assert TYPED[0] in everything_in_the_database() and len(files(settings)) >= 4, (
        "there is something to erase"
    )
    assert made.reference in sealed_words() and len(mail.outbox) >= 3

    assert erasure.erase_registration(registration=made, by=made.donor, now=NEXT_DAY) is None

    row = columns_of(Registration, made.pk)
    emptied = ("name", "nip", "nip_index", "position", "account", "account_index", "account_holder")
    assert [bytes(row[c]) if isinstance(row[c], memoryview) else row[c].encode() for c in emptied] == [
        b""
    ] * 7
    assert (row["state"], row["reference"]) == ("withdrawn", made.reference) and row["erased_at"] == NEXT_DAY
    worker = columns_of(Worker, Worker.objects.get().pk)
    assert bytes(worker["nik"]) == b"" == bytes(worker["phone"])
    assert (worker["name"], worker["nik_index"], worker["birth_date"], worker["workplace"]) == (
        "",
        "",
        None,
        "",
    )
    printed = columns_of(Mandate, Mandate.objects.get().pk)
    assert bytes(printed["account"]) == b"" == bytes(printed["printed"])
    assert printed["account_holder"] == "" and printed["pdf_sha256"] and printed["number"]
    assert files(settings) == []
    assert Document.objects.filter(purged_at=None).count() == 0
    assert made.reference not in sealed_words() and "kenari@" not in sealed_words()
    assert not any(word in everything_in_the_database() for word in TYPED)


def test_what_shows_how_it_ended_stays_and_breaks_no_invariant():
    made = withdrawn()
    lines = AuditEvent.objects.filter(object_id=str(made.pk)).count()

    erasure.erase_registration(registration=made, by=made.donor, now=NEXT_DAY)

    assert Consent.objects.get().figures["ceiling"] == Mandate.objects.get().ceiling
    assert AuditEvent.objects.filter(object_id=str(made.pk)).count() == lines + 1
    assert AuditEvent.objects.get(event="data.erased").actor_donor == made.donor
    assert [check.what for check in CHECKS if count_of(check.count)] == []


def test_erasing_twice_changes_nothing_more():
    made = withdrawn()
    erasure.erase_registration(registration=made, by=made.donor, now=NEXT_DAY)
    before = everything_in_the_database()

    assert erasure.erase_registration(registration=made, by=SYSTEM, now=NEXT_DAY + timedelta(days=3)) is None

    assert everything_in_the_database() == before


def test_a_promise_revoked_before_its_first_month_is_erased_with_the_name_of_its_donor(verifier):
    made = at_state.verified(CANARY, verifier)
    ending.revoke(by=made.donor, now=MORNING)
    made.refresh_from_db()

    assert erasure.erase_registration(registration=made, by=made.donor, now=MORNING) is None

    donor = Donor.objects.get()
    assert (donor.name, donor.nip, donor.nip_index, donor.position, donor.opd) == ("", "", "", "", None)
    assert donor.contact == CANARY.email, "the contact still opens the donor's own pages"
    assert Worker.objects.get().name == "" and Mandate.objects.get().printed == ""
    assert [check.what for check in CHECKS if count_of(check.count)] == []


def test_a_message_that_waits_is_sent_first_and_emptied_by_the_nightly_round():
    made = withdrawn()
    erasure.erase_registration(registration=made, by=made.donor, now=MORNING)
    assert Message.objects.get(event="registration_withdrawn").body != ""

    messages.send_waiting(now=MORNING)
    erasure.erase_settled(now=NEXT_DAY)

    assert "registration_withdrawn" not in [said.event for said in Message.objects.exclude(to=b"")]
    assert any(made.reference in sent.body for sent in mail.outbox)


@pytest.mark.parametrize("walk", [at_state.draft, at_state.submitted])
def test_an_open_registration_is_not_erased(walk):
    made = walk(RARA)
    refused = erasure.erase_registration(registration=made, by=made.donor, now=MORNING)
    assert isinstance(refused, Finding) and refused.code == "not_over"
    assert Registration.objects.get().name == RARA.name


def test_a_running_promise_is_not_erased_and_neither_is_one_a_debit_was_planned_for(verifier):
    made = at_state.verified(RARA, verifier)
    assert erasure.erase_registration(registration=made, by=made.donor, now=MORNING).code == "not_over"
    ending.revoke(by=made.donor, now=AFTER_CUTOFF)
    over = AFTER_CUTOFF.replace(year=2027, month=1, day=2)
    ending.close_ended(now=over)
    made.refresh_from_db()

    kept = erasure.erase_registration(registration=made, by=made.donor, now=over)
    assert kept.code == "kept" and "2 Januari 2037" in kept.message
    assert Worker.objects.get().nik == SUTINI.nik

    after = over.replace(year=2037, month=1, day=3)
    assert erasure.erase_registration(registration=made, by=SYSTEM, now=after) is None
    assert Worker.objects.get().nik == "" and Mandate.objects.get().erased_at == after


def test_the_name_of_a_donor_with_another_verified_registration_stays(verifier):
    first = at_state.verified(RARA, verifier)
    second = at_state.submitted(replace(RARA, workers=BIMA.workers), MORNING + timedelta(hours=2))
    registration.withdraw(registration_id=second.pk, by=second.donor, now=MORNING)
    second.refresh_from_db()

    assert erasure.erase_registration(registration=second, by=second.donor, now=MORNING) is None

    assert Donor.objects.get().name == RARA.name
    assert Worker.objects.get(sponsorship__registration=first).name == SUTINI.name
    assert Sponsorship.objects.get(registration=second).worker.name == ""


def test_words_of_the_verifier_go_and_the_reasons_stay(verifier):
    made = at_state.in_check(CANARY, verifier)
    verification.return_to_donor(
        registration_id=made.pk, revision=made.revision, by=verifier, now=MORNING,
        reasons={DocumentKind.KTP: [ReturnReason.BLURRED]}, note="Foto Kenari terlalu gelap.",
    )  # fmt: skip
    made = registration.withdraw(registration_id=made.pk, by=made.donor, now=MORNING)

    erasure.erase_registration(registration=made, by=made.donor, now=MORNING)

    note = made.return_notes.get()
    assert (note.note, note.reasons) == ("", {"ktp": ["blurred"]})


def test_the_database_refuses_to_empty_a_mandate_that_is_not_over():
    at_state.printed(RARA)
    with pytest.raises(InternalError, match="never changes"), transaction.atomic():
        Mandate.objects.update(
            account=b"", account_index="", account_holder="", printed=b"", erased_at=MORNING
        )


def test_the_nightly_round_waits_and_then_leaves_nothing_of_a_donor_who_gave_up():
    made = withdrawn()
    days = timedelta(days=30)

    assert erasure.erase_settled(now=MORNING + days) == 0
    assert erasure.erase_settled(now=MORNING + days + timedelta(hours=1)) == 1

    donor = Donor.objects.get()
    assert donor.erased_at and (donor.contact, donor.name) == ("", "")
    assert donor.contact_index not in ("", contacts.contact_index("email", CANARY.email))
    assert Registration.objects.get(pk=made.pk).erased_at
    assert NikTry.objects.count() == 0
    assert not any(word in everything_in_the_database() for word in TYPED)


def test_two_erased_donors_do_not_collide_and_who_comes_back_begins_as_somebody_new():
    withdrawn(CANARY)
    withdrawn(replace(BIMA, email="dua@contoh.example"))
    erasure.erase_settled(now=MORNING + timedelta(days=31))

    again = at_state.proven_donor(CANARY, MORNING + timedelta(days=32))

    assert Donor.objects.count() == 3 and again.erased_at is None
    assert list(again.registrations.all()) == []


def test_a_donor_who_goes_on_is_left_alone_by_the_nightly_round():
    made = at_state.draft(RARA)
    erasure.erase_settled(now=MORNING + timedelta(days=29))
    assert Donor.objects.get().contact == RARA.email
    assert Registration.objects.get(pk=made.pk).name == RARA.name


def test_tries_of_today_outlast_erasing_so_that_it_is_no_way_round_the_limit():
    made = withdrawn()
    erasure.erase_registration(registration=made, by=made.donor, now=MORNING)
    assert NikTry.objects.count() == 1
    erasure.erase_settled(now=NEXT_DAY)
    assert NikTry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("committed_db")
def test_twenty_at_once_erase_once():
    made = withdrawn()
    answers = at_once([lambda: erasure.erase_registration(registration=made, by=SYSTEM, now=NEXT_DAY)] * 20)
    assert answers == [None] * 20
    assert AuditEvent.objects.filter(event="data.erased").count() == 1
    assert Document.objects.filter(purged_at=None).count() == 0


def test_a_mandate_that_expired_before_its_first_month_is_emptied_as_well(verifier):
    """Who retires before the first month: the mandate runs out without a debit."""
    made = at_state.verified(RARA, verifier)
    leaving.retire(by=made.donor, first_day_without_salary=date(2026, 11, 25), now=MORNING)
    leaving.close_retired(now=AFTER_CUTOFF)
    made.refresh_from_db()
    assert Mandate.objects.get().state == "expired"

    assert erasure.erase_registration(registration=made, by=made.donor, now=AFTER_CUTOFF) is None

    assert Mandate.objects.get().account == "" and Worker.objects.get().name == ""


def test_what_was_said_about_a_change_under_the_ceiling_is_emptied_as_well(verifier):
    made = at_state.verified(CANARY, verifier)
    pausing.pause(by=made.donor, sponsorship_ids=None, until=None, now=MORNING)
    ending.revoke(by=made.donor, now=MORNING)
    messages.send_waiting(now=MORNING)
    made.refresh_from_db()
    said = Message.objects.get(event="promise_changed")
    assert "Murai Contoh" in said.body

    erasure.erase_registration(registration=made, by=made.donor, now=MORNING)

    said.refresh_from_db()
    assert (said.to, said.subject, said.body) == ("", "", "")
