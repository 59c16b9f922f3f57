"""How a worker comes onto the waiting list, is checked, refused or taken off it; and the posters that invite them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from registry.actions import audit, contacts, documents, messages
from registry.actions.audit import Actor
from registry.actions.moves import move
from registry.models import Kelurahan, Message, Opd, User
from registry.queries import city
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.vault import blind_index
from sponsorship import queries
from sponsorship.actions import worker_consent
from sponsorship.actions.drafts import WorkerValues
from sponsorship.actions.links import new_token
from sponsorship.models import Poster, WaitingWorker
from sponsorship.rules import waiting
from sponsorship.rules.consent import text_hash
from sponsorship.rules.lifecycle import LIVE_WAITING, WAITING

MOST_NOTES = 10
EMPTIED = (
    "name", "nik", "nik_index", "phone", "phone_index", "sex", "workplace", "notes", "refused_because",
)  # fmt: skip
WORKER_MESSAGES = ("worker_consent_asked", "waiting_verified", "waiting_refused")

ALREADY = Finding("already", "Pekerja dengan NIK ini sudah ada di daftar tunggu.", "nik")
CHECKED_ALREADY = Finding("checked", "Pekerja ini sudah diperiksa. Ini keadaan terbarunya.")
OWN_ENTRY = Finding(
    "own_entry", "Anda sendiri yang memasukkan pekerja ini. Rekan lain yang harus memeriksanya."
)
NO_CONSENT = Finding("no_consent", "Pekerja ini belum menyetujui. Minta persetujuannya lebih dahulu.")
HELD = Finding("held", "NIK ini sudah dipegang perlindungan lain. Tolak dengan alasan yang sesuai.")
IN_USE = Finding(
    "in_use",
    "Anda sudah dipilih seorang orang tua asuh. Hubungi layanan bantuan di bawah ini untuk berhenti.",
)


@dataclass(frozen=True)
class Group:
    """Where people of a trade meet: a market, a stand. `kind` is one of sponsorship.models.waiting_list.GROUPS."""

    kind: str = ""
    name: str = ""


def enter(
    *,
    values: WorkerValues,
    group: Group,
    notes: list[Finding],
    entered_for: Opd | None,
    by: User,
    now: datetime,
) -> WaitingWorker | Finding:
    """An officer enters a worker, who still has to agree. Refused: too old, and ALREADY when this NIK waits already;
    then the office finds the second attempt as a note on the first row."""
    if fault := _age_fault(values, now):
        return fault
    with transaction.atomic():
        row = _row(values, group, notes, now, source="officer", entered_by=by, entered_for=entered_for)
        if _insert(row):
            _entered(row, by, now)
            return row
        _note_again(row.nik_index, f"Dimasukkan lagi oleh {by}.", by, now)
    return ALREADY


def register_self(
    *,
    poster: Poster,
    values: WorkerValues,
    notes: list[Finding],
    shown: str,
    code_id,
    typed: str,
    now: datetime,
) -> Finding | None:
    """A worker registers at a poster: the code proves the phone they typed, and with it they agree to the text `shown`.

    None also when this NIK waits already: nobody at a poster learns that, the office does. Then the first row stays as
    it is, and the yes counts only when it came from the same phone.
    """
    if fault := _age_fault(values, now):
        return fault
    if shown != text_hash(worker_consent.text_now()):
        return worker_consent.TEXT_CHANGED
    with transaction.atomic():
        code = contacts.check_code(code_id=code_id, typed=typed, now=now)
        if isinstance(code, Finding):
            return code
        if code.contact != values.phone:
            return contacts.USED_UP
        group = Group(poster.group_kind, poster.group_name)
        row = _row(values, group, notes, now, source="self", poster=poster, entered_for=poster.opd)
        if _insert(row):
            _entered(row, audit.SYSTEM, now)
            worker_consent.record(row=row, method="code", by=None, now=now)
            return None
        words = f"Mendaftar lagi lewat poster {poster.group_name}"
        earlier = _note_again(row.nik_index, words, audit.SYSTEM, now, phone_index=row.phone_index)
        if earlier and earlier.phone_index == row.phone_index and not worker_consent.consent_of(earlier):
            worker_consent.record(row=earlier, method="code", by=None, now=now)
    return None


def verify(*, waiting_id, by: User, now: datetime) -> WaitingWorker | Finding:
    """The office has looked: from now on donors see this worker. Refused: by the one who entered them, without the
    worker's yes, too old by now, or held by a sponsorship."""
    with transaction.atomic():
        row = worker_consent.lock(waiting_id, "entered")
        if row is None:
            return CHECKED_ALREADY
        if row.entered_by_id == by.pk:
            return OWN_ENTRY
        if worker_consent.consent_of(row) is None:
            return NO_CONSENT
        today, limit = queries.calendar().local_date(now), city().age_limit
        if fault := waiting.age_fault(row.birth_date, today, limit):
            return fault
        if queries.held_by(row.nik_index):
            return HELD
        checked = {"waiting_since": now, "verified_by": by, "verified_at": now}
        move(row=row, along=WAITING, event="verify", by=by, now=now, opd_id=row.entered_for_id, also=checked)
        _tell(row, "waiting_verified", now, leave_link=worker_consent.leave_url(row))
        return row


def refuse(*, waiting_id, reason: str, note: str, by: User, now: datetime) -> WaitingWorker | Finding:
    """The office says no, for a reason of waiting.REFUSALS; `note` stays in the office. The worker hears what to do."""
    with transaction.atomic():
        row = worker_consent.lock(waiting_id, "entered")
        if row is None:
            return CHECKED_ALREADY
        note = " ".join(note.split())
        if fault := waiting.refusal_fault(reason, note, {row.nik, row.phone.removeprefix("+62")}):
            return fault
        label, advice = waiting.REFUSALS[reason]
        also = {"refused_because": f"{label}. {note}".strip()[:300], "verified_by": by, "verified_at": now}
        move(
            row=row, along=WAITING, event="refuse", by=by, now=now, opd_id=row.entered_for_id, also=also,
            reason=reason,
        )  # fmt: skip
        _tell(row, "waiting_refused", now, advice=advice)
        return row


def withdraw(*, waiting_id, by: Actor, now: datetime) -> WaitingWorker | Finding:
    """The worker wants to leave: off the list, and everything typed about them is gone, their form included."""
    with transaction.atomic():
        row = worker_consent.lock(waiting_id, *LIVE_WAITING)
        if row is None:
            return waiting.NOT_LIVE
        if not WAITING.allows(row.state, "withdraw"):
            return IN_USE
        _withdraw(row, by, now)
        return row


def leave(*, waiting_id, code_id, typed: str, now: datetime) -> WaitingWorker | Finding:
    """`withdraw` by the worker themselves: the code proves that the phone of the row is theirs."""
    with transaction.atomic():
        row = worker_consent.lock(waiting_id, *LIVE_WAITING)
        if row is None:
            return waiting.NOT_LIVE
        code = contacts.check_code(code_id=code_id, typed=typed, now=now)
        if isinstance(code, Finding):
            return code
        if code.contact != row.phone:
            return contacts.USED_UP
        return withdraw(waiting_id=row.pk, by=audit.SYSTEM, now=now)


def let_go(*, now: datetime) -> int:
    """Nobody is kept for nothing: who was entered and has not agreed within the days of a draft is taken off, and the
    data of the refused are emptied when their papers would be. Answers how many rows. Safe to run twice at once.
    """
    profile = city()
    silent = WaitingWorker.objects.filter(
        state="entered", created_at__lt=now - timedelta(days=profile.draft_days)
    )
    refused = WaitingWorker.objects.filter(
        state="refused", erased_at=None, verified_at__lt=now - timedelta(days=profile.scan_retention_days)
    )
    gone = 0
    for pk in [*silent.values_list("pk", flat=True), *refused.values_list("pk", flat=True)]:
        with transaction.atomic():
            row = worker_consent.lock(pk, "entered", "refused")
            if row is None or row.erased_at or (row.state == "entered" and worker_consent.consent_of(row)):
                continue
            (_withdraw if row.state == "entered" else _empty)(row, audit.SYSTEM, now)
            gone += 1
    return gone


def make_poster(
    *, group_kind: str, group_name: str, kelurahan: Kelurahan | None, opd: Opd | None, by: User, now: datetime
) -> Poster:
    """A poster for one group. Workers who register at it are shown to the field officers of `opd` as well."""
    with transaction.atomic():
        poster = Poster.objects.create(
            token=new_token(),
            group_kind=group_kind,
            group_name=group_name,
            kelurahan=kelurahan,
            opd=opd,
            created_by=by,
            created_at=now,
        )
        audit.record(event=Event.POSTER_CREATED, about=poster, by=by, now=now, opd_id=poster.opd_id)
    return poster


def revoke_poster(*, poster_id: int, by: User, now: datetime) -> Poster | Finding:
    """Closes a poster at once; who is on the list already stays. Revoking twice changes nothing and says so."""
    with transaction.atomic():
        poster = Poster.objects.select_for_update().get(pk=poster_id)
        if poster.revoked_at:
            return Finding("poster_revoked", "Poster ini sudah dicabut sebelumnya.")
        poster.revoked_at = now
        poster.save(update_fields=["revoked_at"])
        audit.record(event=Event.POSTER_REVOKED, about=poster, by=by, now=now, opd_id=poster.opd_id)
    return poster


def _age_fault(values: WorkerValues, now: datetime) -> Finding | None:
    today = queries.calendar().local_date(now)
    return waiting.age_fault(values.nik.birth_date, today, city().age_limit)


def _row(values: WorkerValues, group: Group, notes: list[Finding], now: datetime, **origin) -> WaitingWorker:
    row = WaitingWorker(
        created_at=now,
        name=values.name,
        nik_index=blind_index("nik", values.nik.digits),
        birth_date=values.nik.birth_date,
        sex=values.nik.sex,
        phone_index=blind_index("phone", values.phone) if values.phone else "",
        occupation=values.occupation,
        workplace=values.workplace,
        kelurahan=values.kelurahan,
        group_kind=group.kind,
        group_name=group.name,
        notes=[{"field": note.field, "message": note.message} for note in notes],
        **origin,
    )
    row.nik, row.phone = values.nik.digits, values.phone
    return row


def _insert(row: WaitingWorker) -> bool:
    """Whether the row is in: of two with one NIK the database lets one live (`one_live_wait_per_nik`)."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _entered(row: WaitingWorker, by: Actor, now: datetime) -> None:
    audit.record(
        event=Event.WAITING_ENTERED, about=row, by=by, now=now, opd_id=row.entered_for_id, origin=row.source
    )


def _note_again(
    nik_index: str, words: str, by: Actor, now: datetime, phone_index: str = ""
) -> WaitingWorker | None:
    """Tells the office, on the row that waits, that somebody entered its NIK again."""
    rows = WaitingWorker.objects.select_for_update(of=("self",))
    row = rows.filter(nik_index=nik_index, state__in=LIVE_WAITING).first()
    if row is None:
        return None
    if phone_index:
        words += (
            " dengan nomor yang sama." if phone_index == row.phone_index else " dengan nomor ponsel lain."
        )
    if len(row.notes) < MOST_NOTES:
        row.notes = [*row.notes, {"field": "again", "message": words}]
        WaitingWorker.objects.filter(pk=row.pk).update(notes=row.notes)
    audit.record(
        event=Event.WAITING_ENTERED, about=row, by=by, now=now, opd_id=row.entered_for_id, repeated=True
    )
    return row


def _withdraw(row: WaitingWorker, by: Actor, now: datetime) -> None:
    move(row=row, along=WAITING, event="withdraw", by=by, now=now, opd_id=row.entered_for_id)
    _empty(row, by, now)


def _empty(row: WaitingWorker, by: Actor, now: datetime) -> None:
    """What was typed about this worker, what was written to them, and their forms are gone; kind of work, ward, states
    and dates stay."""
    told = worker_consent.recipient(row)
    if told:
        about = Message.objects.filter(event__in=WORKER_MESSAGES, recipient=told.key)
        about.filter(occasion__startswith=str(row.pk)).delete()
    for column in EMPTIED:
        setattr(row, column, WaitingWorker._meta.get_field(column).get_default())
    row.birth_date, row.erased_at = None, now
    row.save(update_fields=[*EMPTIED, "birth_date", "erased_at"])
    audit.record(event=Event.DATA_ERASED, about=row, by=by, now=now, opd_id=row.entered_for_id)
    for given in row.consents.exclude(document=None).select_related("document"):
        documents.purge(document=given.document, now=now)


def _tell(row: WaitingWorker, event: str, now: datetime, **words) -> None:
    to = worker_consent.recipient(row)
    if to:
        messages.queue(event=event, to=to, occasion=str(row.pk), now=now, **words)
