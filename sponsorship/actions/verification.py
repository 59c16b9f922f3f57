"""The desk of the OPD: take a case, give it back, return it to the donor, or verify it.

Who may (role and office, not one's own registration) is checked in `_case`; whether the state allows it,
under the lock.
"""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from registry.actions import messages
from registry.actions.moves import move
from registry.models import Donor, User
from registry.rules.documents import DocumentKind, ReturnReason
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may, offices_of
from sponsorship import queries
from sponsorship.actions.registration import move_registration, tell_donor
from sponsorship.models import Mandate, MandateLineage, Registration, ReturnNote
from sponsorship.rules.checks import REQUIRED_CHECKS, note_fault
from sponsorship.rules.lifecycle import LIVE_MANDATE, MANDATE, SPONSORSHIP
from sponsorship.rules.months import Month

# A case that its verifier left lying may be taken over.
ABANDONED_AFTER = timedelta(hours=4)

NOT_YOURS = Finding("not_yours", "Pendaftaran ini tidak ada di antrean OPD Anda.")
OWN_CASE = Finding("own_case", "Ini pendaftaran Anda sendiri. Rekan lain yang harus memeriksanya.")
STALE = Finding("stale", "Pendaftaran ini sudah berubah sejak halaman dibuka. Berikut keadaan terbarunya.")
UNCHECKED = Finding("unchecked", "Centang semua pemeriksaan sebelum menyetujui.", "checks")
NIP_TAKEN = Finding("nip_taken", "NIP ini sudah dipakai donatur lain. Kembalikan pendaftaran dengan catatan.")
MANDATE_GONE = Finding(
    "mandate_gone",
    "Pendaftar sudah menghentikan surat kuasanya. "
    "Kembalikan pendaftaran ini agar ia mencetak dan menandatangani yang baru.",
)
NO_REASON = Finding("no_reason", "Pilih sedikitnya satu alasan, atau tulis catatan untuk pendaftar.")

# Stands in the preview where the donor finds the personal link, which is nobody else's to have.
LINK_HIDDEN = "(tautan pribadi pendaftar)"

Reasons = dict[DocumentKind, list[ReturnReason]]


def take(*, registration_id, by: User, now: datetime) -> Registration | Finding:
    """Puts a submitted case into this verifier's hands; a second verifier is told who holds it."""
    with transaction.atomic():
        registration = _case(registration_id, by)
        if isinstance(registration, Finding):
            return registration
        if registration.state == "in_check" and registration.taken_by_id == by.pk:
            return registration
        if registration.state == "in_check":
            held = held_by_other(registration, by, now)
            if held:
                return held
            move_registration(registration, "release", by, now, taken_by=None, taken_at=None)
        if registration.state != "submitted":
            return STALE
        move_registration(registration, "take", by, now, taken_by=by, taken_at=now)
        return registration


def release(*, registration_id, by: User, now: datetime) -> Registration | Finding:
    """Puts a case back into the queue."""
    with transaction.atomic():
        registration = _in_hand(registration_id, by, revision=None)
        if isinstance(registration, Finding):
            return registration
        move_registration(registration, "release", by, now, taken_by=None, taken_at=None)
        return registration


def return_to_donor(
    *, registration_id, revision: int, reasons: Reasons, note: str, by: User, now: datetime
) -> Registration | Finding:
    """Sends a case back with reasons per document. Papers with one are set aside: only they are asked for again."""
    with transaction.atomic():
        registration = _in_hand(registration_id, by, revision)
        if isinstance(registration, Finding):
            return registration
        fault = return_fault(registration, reasons, note)
        if fault:
            return fault
        ReturnNote.objects.create(
            registration=registration, by=by, at=now, reasons=reason_codes(reasons), note=note.strip()
        )
        registration.papers.filter(kind__in=reason_codes(reasons), set_aside_at=None).update(set_aside_at=now)
        move_registration(registration, "return", by, now, taken_by=None, taken_at=None)
        tell_donor(registration, "registration_returned", now, **_told(reasons, note))
        return registration


def return_fault(registration: Registration, reasons: Reasons, note: str) -> Finding | None:
    """Why a case cannot go back with these words: nothing to repair is named, or the note carries a number."""
    if not any(reasons.values()) and not note.strip():
        return NO_REASON
    numbers = [registration.nip, registration.account]
    if registration.donor.channel == "phone":
        numbers.append(registration.donor.contact[3:])
    for sponsorship in queries.own_sponsorships(registration):
        numbers += [sponsorship.worker.nik, sponsorship.worker.phone[3:]]
    return note_fault(note, numbers)


def return_message(registration: Registration, reasons: Reasons, note: str) -> tuple[str, str]:
    """Subject and body of the message `return_to_donor` would queue, without the donor's personal link."""
    return messages.words(
        "registration_returned", registration=registration, link=LINK_HIDDEN, **_told(reasons, note)
    )


def reason_codes(reasons: Reasons) -> dict[str, list[str]]:
    """The reasons as a note keeps them, papers without one left out."""
    return {str(kind): [str(code) for code in codes] for kind, codes in reasons.items() if codes}


def _told(reasons: Reasons, note: str) -> dict:
    repairs = [(kind.label, [reason.label for reason in codes]) for kind, codes in reasons.items() if codes]
    return {"repairs": repairs, "has_note": bool(note.strip())}


def verify(
    *, registration_id, revision: int, checks: list[str], by: User, now: datetime
) -> Registration | Finding:
    """Says yes: the donor is known, the mandate counts, and the workers are ready for the first month still open.

    1. Every check is ticked, nobody else is known by this NIP, and the donor has not revoked meanwhile.
    2. The mandate is verified; an older live version of the lineage is replaced; unless the bank must accept paper
       first, the mandate is active at once.
    3. The sponsorships become ready from the first open month, or the later one the donor chose.
    """
    if set(checks) != set(REQUIRED_CHECKS):
        return UNCHECKED
    try:
        with transaction.atomic():
            registration = _in_hand(registration_id, by, revision)
            if isinstance(registration, Finding):
                return registration
            if nip_is_taken(registration):
                return NIP_TAKEN
            mandate = _standing_mandate(registration)
            if mandate is None:
                return MANDATE_GONE
            start = queries.start_month(registration, now)
            _know_donor(registration)
            _verify_mandate(mandate, registration, start, by, now)
            _make_workers_ready(registration, mandate.lineage, start, by, now)
            move_registration(
                registration, "verify", by, now, verified_at=now, verified_by=by, checks=sorted(checks)
            )
            tell_donor(registration, "registration_verified", now)
            return registration
    except IntegrityError:  # a rival with the same NIP was verified between our look and our write
        return NIP_TAKEN


def account_is_taken(registration: Registration) -> bool:
    """Whether a live mandate of somebody else already debits this account: two promises on one account want a look."""
    live = Mandate.objects.filter(account_index=registration.account_index, state__in=LIVE_MANDATE)
    return live.exclude(lineage__donor_id=registration.donor_id).exists()


def nip_is_taken(registration: Registration) -> bool:
    """Whether another verified donor, with another contact, is already known by this NIP."""
    return Donor.objects.filter(nip_index=registration.nip_index).exclude(pk=registration.donor_id).exists()


def held_by_other(registration: Registration, by: User, now: datetime) -> Finding | None:
    """Who else has this case in hand, as a refusal; one that was left lying is nobody's any more."""
    if registration.state != "in_check" or registration.taken_by_id == by.pk:
        return None
    return None if registration.taken_at <= now - ABANDONED_AFTER else _held(registration)


def is_own(registration: Registration, by: User) -> bool:
    return bool(by.nip_index) and by.nip_index == registration.nip_index


def _held(registration: Registration) -> Finding:
    return Finding("held", f"Pendaftaran ini sedang diperiksa oleh {registration.taken_by}.")


def _case(registration_id, by: User) -> Registration | Finding:
    """The registration, locked, when it lies in an office of this verifier and is not their own."""
    if not may(by, Right.CHECK_DOCUMENTS):
        return NOT_YOURS
    # No joins: after waiting for the lock PostgreSQL reads this row again, but not the rows joined to it.
    registration = (
        Registration.objects.select_for_update()
        .filter(pk=registration_id, opd__in=offices_of(by, Right.CHECK_DOCUMENTS))
        .exclude(state__in=("draft", "withdrawn", "expired"))
        .first()
    )
    if registration is None:
        return NOT_YOURS
    return OWN_CASE if is_own(registration, by) else registration


def _in_hand(registration_id, by: User, revision: int | None) -> Registration | Finding:
    registration = _case(registration_id, by)
    if isinstance(registration, Finding):
        return registration
    if registration.state == "in_check" and registration.taken_by_id != by.pk:
        return _held(registration)
    if registration.state != "in_check" or revision not in (None, registration.revision):
        return STALE
    return registration


def _know_donor(registration: Registration) -> None:
    donor = registration.donor
    donor.name, donor.position, donor.opd = registration.name, registration.position, registration.opd
    donor.nip, donor.nip_index = registration.nip, registration.nip_index
    donor.save(update_fields=["name", "position", "opd", "nip", "nip_index"])


def _standing_mandate(registration: Registration) -> Mandate | None:
    """The signed paper, its lineage locked: revoking waits, and what was revoked before is seen here."""
    mandate = queries.current_mandate(registration)
    if mandate is None:
        return None
    standing = MandateLineage.objects.select_for_update(no_key=True).filter(
        pk=mandate.lineage_id, ended_at=None
    )
    return mandate if standing.first() else None


def _verify_mandate(
    mandate: Mandate, registration: Registration, start: Month, by: User, now: datetime
) -> None:
    earlier = list(mandate.lineage.mandates.select_for_update().filter(state__in=LIVE_MANDATE))
    # Workers who already run go on without a gap, also when the new one's first month was chosen later.
    first = min(start, queries.first_open_month(now)) if earlier else start
    _end_of_earlier(earlier, mandate.lineage, registration, now)
    # Who retires has a last month; what was said then holds for the new paper as well, also when it is closed by now.
    retiring = next((old.end_period for old in earlier), "")
    last = min(str(first.previous()), retiring) if retiring else str(first.previous())
    for old in earlier:
        ended = {"ended_at": now, "end_period": last if last >= old.start_period else ""}
        move(row=old, along=MANDATE, event="replace", by=by, now=now, also=ended)
    acted = {"row": mandate, "along": MANDATE, "by": by, "now": now, "opd_id": registration.opd_id}
    months = {"start_period": str(first), "end_period": retiring}
    move(**acted, event="verify", also={"verified_at": now, "verified_by": by, **months})
    if not registration.bank.requires_lodging:
        move(**acted, event="activate")


def _end_of_earlier(
    earlier: list[Mandate], lineage: MandateLineage, registration: Registration, now: datetime
) -> None:
    """What a new version takes over: a move noted before it is what its own paper says now, and the scans of a change
    that it replaces are needed no longer."""
    if lineage.opd_id:
        MandateLineage.objects.filter(pk=lineage.pk).update(opd=registration.opd)
    replaced = [old.registration_id for old in earlier]
    Registration.objects.filter(pk__in=replaced, kind="change", ended_at=None).update(ended_at=now)


def _make_workers_ready(
    registration: Registration, lineage: MandateLineage, start: Month, by: User, now: datetime
) -> None:
    columns = {"start_period": str(start), "lineage": lineage}
    for sponsorship in registration.sponsorships.filter(state="pending"):
        move(
            row=sponsorship,
            along=SPONSORSHIP,
            event="make_ready",
            by=by,
            now=now,
            opd_id=registration.opd_id,
            also=columns,
        )
