from datetime import timedelta

import pytest
from django.core import mail

from registry.actions.staff import set_nip
from registry.models import AuditEvent, Bank, Donor, Message, Opd, User
from registry.rules.documents import DocumentKind, ReturnReason
from registry.rules.identity import parse_nip
from registry.rules.roles import Role
from sponsorship.actions import drafts, mandates, months, registration, verification
from sponsorship.actions.facts import facts_of
from sponsorship.models import Registration, ReturnNote, Sponsorship
from sponsorship.queries import current_mandate, papers_of
from sponsorship.rules.checks import REQUIRED_CHECKS
from sponsorship.rules.completeness import gaps
from sponsorship.rules.consent import consent_text
from sponsorship.rules.months import Month
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, MORNING, RARA, TODAY, another
from tests.threads import at_once

LATER = MORNING + timedelta(minutes=10)
KTP, PASSBOOK, SIGNED = DocumentKind.KTP, DocumentKind.PASSBOOK, DocumentKind.SIGNED_MANDATE
ALL = list(REQUIRED_CHECKS)


@pytest.fixture
def verifier(db):
    return at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES")


@pytest.fixture
def colleague(db):
    return at_state.staff("ratna", Role.OPD_VERIFIER, "DINKES")


def verify(made: Registration, by: User, now=LATER, **changes):
    given = {
        "registration_id": made.pk,
        "revision": made.revision,
        "checks": ALL,
        "by": by,
        "now": now,
    } | changes
    return verification.verify(**given)


def give_back(made: Registration, by: User, reasons=None, note="", **changes):
    given = {"registration_id": made.pk, "revision": made.revision, "by": by, "now": LATER} | changes
    return verification.return_to_donor(reasons=reasons or {}, note=note, **given)


def state_of(made: Registration) -> str:
    return Registration.objects.get(pk=made.pk).state


# Taking and releasing


def test_taken_case_names_its_verifier_and_the_moment(verifier):
    made = at_state.submitted(RARA)

    taken = verification.take(registration_id=made.pk, by=verifier, now=LATER)

    assert (taken.state, taken.taken_by, taken.taken_at) == ("in_check", verifier, LATER)
    assert taken.revision == made.revision + 1


def test_second_verifier_is_told_who_holds_the_case(verifier, colleague):
    made = at_state.in_check(RARA, verifier)

    refused = verification.take(registration_id=made.pk, by=colleague, now=LATER)

    assert (refused.code, refused.message) == ("held", "Pendaftaran ini sedang diperiksa oleh Contoh dewi.")


def test_taking_again_what_is_in_hand_changes_nothing(verifier):
    made = at_state.in_check(RARA, verifier)

    again = verification.take(registration_id=made.pk, by=verifier, now=LATER)

    assert (again.pk, again.revision, again.taken_at) == (made.pk, made.revision, MORNING)


def test_case_left_lying_for_four_hours_may_be_taken_over(verifier, colleague):
    made = at_state.in_check(RARA, verifier)
    almost, full = MORNING + timedelta(hours=3, minutes=59), MORNING + timedelta(hours=4)

    assert verification.take(registration_id=made.pk, by=colleague, now=almost).code == "held"
    assert verification.take(registration_id=made.pk, by=colleague, now=full).taken_by == colleague


def test_first_verifier_cannot_act_after_the_case_was_taken_over(verifier, colleague):
    made = at_state.in_check(RARA, verifier)
    verification.take(registration_id=made.pk, by=colleague, now=MORNING + timedelta(hours=5))

    refused = verify(made, verifier, now=MORNING + timedelta(hours=6))

    assert refused.message == "Pendaftaran ini sedang diperiksa oleh Contoh ratna."
    assert state_of(made) == "in_check"


def test_released_case_is_back_in_the_queue_with_its_first_date(verifier):
    made = at_state.in_check(RARA, verifier)

    released = verification.release(registration_id=made.pk, by=verifier, now=LATER)

    assert (released.state, released.taken_by, released.submitted_at) == ("submitted", None, MORNING)


def test_verifier_of_another_office_finds_nothing_to_take(db):
    made, stranger = at_state.submitted(RARA), at_state.staff("bayu", Role.OPD_VERIFIER, "DISDIK")

    refused = verification.take(registration_id=made.pk, by=stranger, now=LATER)

    assert refused == verification.NOT_YOURS


@pytest.mark.parametrize("role", [Role.OPD_TREASURER, Role.OPD_HEAD])
def test_other_roles_of_the_office_may_not_take(db, role):
    made, somebody = at_state.submitted(RARA), at_state.staff("sri", role, "DINKES")

    assert verification.take(registration_id=made.pk, by=somebody, now=LATER) == verification.NOT_YOURS


def test_nobody_checks_their_own_registration(verifier):
    set_nip(verifier, RARA.nip)
    verifier.save()
    made = at_state.submitted(RARA)

    assert verification.take(registration_id=made.pk, by=verifier, now=LATER) == verification.OWN_CASE


def test_draft_is_not_on_the_desk(verifier):
    made = at_state.with_papers(RARA)

    assert verification.take(registration_id=made.pk, by=verifier, now=LATER) == verification.NOT_YOURS


# Verifying


def test_verified_case_makes_the_mandate_active_and_the_workers_ready(verifier):
    made = at_state.in_check(RARA, verifier)

    done = verify(made, verifier)

    mandate, sponsorship = current_mandate(done), Sponsorship.objects.get()
    assert (done.state, done.verified_by, done.checks) == ("verified", verifier, sorted(ALL))
    assert (mandate.state, mandate.verified_by, mandate.start_period) == ("active", verifier, "2026-12")
    assert (sponsorship.state, sponsorship.start_period, sponsorship.lineage) == (
        "ready",
        "2026-12",
        mandate.lineage,
    )
    assert Donor.objects.get().nip == RARA.nip


def test_bank_that_takes_paper_first_leaves_the_mandate_verified(verifier):
    Bank.objects.update(requires_lodging=True)
    made = at_state.in_check(RARA, verifier)

    assert current_mandate(verify(made, verifier)).state == "verified"


def test_after_the_cutoff_the_next_month_is_the_first(verifier):
    made = at_state.in_check(RARA, verifier)

    done = verify(made, verifier, now=AFTER_CUTOFF)

    assert current_mandate(done).start_period == "2027-01"
    assert Sponsorship.objects.get().start_period == "2027-01"


def test_frozen_month_is_not_reached_even_before_its_cutoff(verifier):
    made = at_state.in_check(RARA, verifier)
    months.freeze_month(month=Month(2026, 12), now=MORNING)

    verify(made, verifier)

    assert Sponsorship.objects.get().start_period == "2027-01"


def test_later_month_the_donor_chose_is_kept(verifier):
    made = at_state.draft(RARA)
    drafts.save_terms(
        registration_id=made.pk, ceiling=0, wished_start=Month(2027, 3), by=made.donor, now=MORNING
    )
    send_complete(made)
    taken = verification.take(registration_id=made.pk, by=verifier, now=MORNING)

    verify(taken, verifier)

    assert Sponsorship.objects.get().start_period == "2027-03"


@pytest.mark.parametrize("missing", ALL)
def test_one_check_not_ticked_is_refused(verifier, missing):
    made = at_state.in_check(RARA, verifier)

    refused = verify(made, verifier, checks=[check for check in ALL if check != missing])

    assert refused == verification.UNCHECKED
    assert state_of(made) == "in_check"


def test_stale_revision_is_refused(verifier):
    made = at_state.in_check(RARA, verifier)

    assert verify(made, verifier, revision=made.revision - 1) == verification.STALE
    assert state_of(made) == "in_check"


def test_case_that_is_not_in_hand_is_not_verified(verifier):
    made = at_state.submitted(RARA)

    assert verify(made, verifier) == verification.STALE


def test_nip_of_a_known_donor_is_refused_and_nothing_is_written(verifier):
    at_state.verified(RARA, verifier)
    twin = at_state.in_check(another(1, nip=RARA.nip), verifier)

    assert verify(twin, verifier) == verification.NIP_TAKEN
    assert state_of(twin) == "in_check"
    assert current_mandate(twin).state == "signed"


def test_second_registration_replaces_the_mandate_without_a_gap_for_running_workers(verifier):
    first = at_state.verified(RARA, verifier)
    again = drafts.start(donor=first.donor, link=None, now=LATER)
    by = {"registration_id": again.pk, "by": first.donor, "now": LATER}
    drafts.save_person(**by, **person_of(RARA))
    drafts.save_account(**by, bank=Bank.objects.get(), account=RARA.account, holder=RARA.name, notes=[])
    worker = BIMA.workers[0]
    added = drafts.save_worker(**by, sponsorship_id=None, values=at_state.worker_values(worker), notes=[])
    drafts.save_cover(**by, sponsorship_id=added.pk, programme="jkk_jkm", declared_income=1_000_000)
    drafts.save_terms(**by, ceiling=0, wished_start=Month(2027, 3))
    send_complete(again)
    taken = verification.take(registration_id=again.pk, by=verifier, now=LATER)

    verify(taken, verifier)

    old, new = current_mandate(again).lineage.mandates.order_by("version")
    assert (old.state, new.state, new.start_period) == ("replaced", "active", "2026-12")
    assert [s.start_period for s in Sponsorship.objects.order_by("created_at")] == ["2026-12", "2027-03"]


def test_donor_is_told_once_that_it_is_verified(verifier):
    made = at_state.in_check(RARA, verifier)

    verify(made, verifier)
    verify(made, verifier)

    assert Message.objects.filter(event="registration_verified").count() == 1
    assert mail.outbox == []


def test_each_move_has_its_line_in_the_journal(verifier):
    at_state.verified(RARA, verifier)

    wanted = [f"registration.{what}" for what in ("taken", "verified")]
    wanted += ["mandate.verified", "mandate.activated", "sponsorship.ready"]
    lines = AuditEvent.objects.filter(event__in=wanted, actor_user=verifier, opd__code="DINKES")
    assert sorted(lines.values_list("event", flat=True)) == sorted(wanted)


# Returning


def test_paper_with_a_reason_is_set_aside_and_only_that_one_is_missing(verifier):
    made = at_state.in_check(RARA, verifier)

    back = give_back(made, verifier, {KTP: [ReturnReason.BLURRED, ReturnReason.CUT_OFF]})

    assert (back.state, back.taken_by) == ("returned", None)
    assert sorted(papers_of(back).values_list("kind", flat=True)) == ["passbook", "signed_mandate"]
    assert [gap.message for gap in gaps(facts_of(back))] == ["Unggah foto KTP Anda."]
    assert ReturnNote.objects.get().reasons == {"ktp": ["blurred", "cut_off"]}


def test_return_without_reason_or_note_is_refused(verifier):
    made = at_state.in_check(RARA, verifier)

    assert give_back(made, verifier, {KTP: []}, "  \n ") == verification.NO_REASON
    assert state_of(made) == "in_check"


def test_note_alone_sends_back_and_keeps_every_paper(verifier):
    made = at_state.in_check(RARA, verifier)

    back = give_back(made, verifier, note="Jabatan sudah berubah, mohon disesuaikan.")

    assert (back.state, papers_of(back).count()) == ("returned", 3)


@pytest.mark.parametrize("number", [RARA.nip, RARA.account, RARA.workers[0].nik, "0812 9999 0001"])
def test_note_with_a_number_of_this_case_is_refused(verifier, number):
    made = at_state.in_check(RARA, verifier)

    assert give_back(made, verifier, note=f"Nomor {number} keliru").code == "note_number"
    assert state_of(made) == "in_check"


def test_message_is_the_previewed_one_but_for_the_personal_link(verifier):
    made = at_state.in_check(RARA, verifier)
    words = {
        "reasons": {KTP: [ReturnReason.BLURRED], SIGNED: [ReturnReason.UNSIGNED]},
        "note": "Terima kasih.",
    }
    subject, body = verification.return_message(made, **words)

    back = give_back(made, verifier, **words)

    sent = Message.objects.get(event="registration_returned")
    link = next(word for word in sent.body.split() if "/lanjut/" in word)
    assert sent.subject == subject == f"Pendaftaran {back.reference} perlu diperbaiki"
    assert sent.body == body.replace(verification.LINK_HIDDEN, link)
    assert "- KTP: Gambar buram" in body
    assert "- surat kuasa yang sudah ditandatangani: Belum ditandatangani" in body
    assert "Terima kasih." not in body


def test_repaired_case_comes_back_with_the_new_paper(verifier):
    made = at_state.in_check(RARA, verifier)
    back = give_back(made, verifier, {KTP: [ReturnReason.BLURRED]})
    at_state.hand_in_papers(back, LATER, kinds=(KTP,))

    sent = registration.submit(registration_id=back.pk, by=back.donor, now=LATER)

    assert (sent.state, papers_of(sent).count()) == ("submitted", 3)
    assert made.papers.filter(kind="ktp").count() == 2


def test_scan_of_a_paper_that_was_printed_anew_does_not_count_any_more(verifier):
    made = at_state.in_check(RARA, verifier)
    back = give_back(made, verifier, {PASSBOOK: [ReturnReason.ACCOUNT_DIFFERS]})
    drafts.save_account(
        registration_id=back.pk, bank=Bank.objects.get(), account="0009990077", holder=RARA.name, notes=[],
        by=back.donor, now=LATER,
    )  # fmt: skip
    print_anew(back)

    assert list(papers_of(back).values_list("kind", flat=True)) == ["ktp"]


# Races


def test_twenty_verifiers_take_one_case_and_exactly_one_gets_it(committed_db):
    made = at_state.submitted(RARA)
    people = [at_state.staff(f"petugas{number}", Role.OPD_VERIFIER, "DINKES") for number in range(20)]

    answers = at_once(
        [lambda by=by: verification.take(registration_id=made.pk, by=by, now=LATER) for by in people]
    )

    winners = [by for by, answer in zip(people, answers, strict=True) if isinstance(answer, Registration)]
    assert len(winners) == 1
    assert {answer.message for answer in answers if not isinstance(answer, Registration)} == {
        f"Pendaftaran ini sedang diperiksa oleh {winners[0]}."
    }
    assert AuditEvent.objects.filter(event="registration.taken").count() == 1


def test_verify_against_return_ends_in_exactly_one_of_them(committed_db):
    verifier = at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES")
    reasons = {KTP: [ReturnReason.BLURRED]}
    for number in range(1, 6):
        made = at_state.in_check(another(number), verifier)
        acts = [lambda m=made: verify(m, verifier), lambda m=made: give_back(m, verifier, reasons)] * 10

        answers = at_once(acts)

        assert sum(isinstance(answer, Registration) for answer in answers) == 1
        assert {a for a in answers if not isinstance(a, Registration)} == {verification.STALE}
        mandate = current_mandate(made)
        assert (state_of(made), mandate.state) in {("verified", "active"), ("returned", "signed")}


def test_two_donors_with_one_nip_verified_at_once_leave_exactly_one(committed_db):
    verifier = at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES")
    cases = [at_state.in_check(another(number, nip=RARA.nip), verifier) for number in range(1, 9)]

    answers = at_once([lambda m=made: verify(m, verifier) for made in cases])

    assert sum(isinstance(answer, Registration) for answer in answers) == 1
    assert {a for a in answers if not isinstance(a, Registration)} == {verification.NIP_TAKEN}
    assert Registration.objects.filter(state="verified").count() == 1
    assert Registration.objects.filter(state="in_check").count() == 7


def person_of(person) -> dict:
    nip, opd = parse_nip(person.nip, today=TODAY).value, Opd.objects.get(code=person.opd)
    return {"name": person.name, "nip": nip, "position": person.position, "opd": opd, "notes": []}


def print_anew(made: Registration) -> None:
    made.refresh_from_db()
    text = consent_text(mandates.figures_of(made, LATER))
    assert mandates.issue(registration_id=made.pk, agreed_text=text, by=made.donor, now=LATER).pk


def send_complete(made: Registration) -> None:
    print_anew(made)
    at_state.hand_in_papers(made, LATER)
    assert registration.submit(registration_id=made.pk, by=made.donor, now=LATER).state == "submitted"
