"""Filling in a registration, step by step. Each function saves one step; nothing of a draft lives anywhere else.

All of them lock the registration first and answer a Finding when it is not the donor's to change any more.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from registry.actions import audit
from registry.models import Bank, Donor, Kelurahan, Occupation, Opd, Worker
from registry.queries import city
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.identity import Nik, Nip, under_age_limit
from registry.vault import blind_index
from sponsorship import queries
from sponsorship.actions.links import usable
from sponsorship.models import InvitationLink, NikTry, Registration, Sponsorship
from sponsorship.rules.lifecycle import OPEN_REGISTRATION
from sponsorship.rules.mandate import ALPHABET
from sponsorship.rules.months import Month, indonesian_date

EDITABLE = ("draft", "returned")
CLOSED = Finding(
    "closed",
    "Pendaftaran ini sudah dikirim atau ditutup, jadi tidak bisa diubah lagi. Lihat statusnya di halaman status.",
)
HELD = Finding(
    "held", "Pekerja ini sudah terlindungi atau sedang didaftarkan. Silakan pilih pekerja lain.", "nik"
)
OTHER_PERSON = Finding(
    "other_person",
    "Kontak ini sudah dipakai surat kuasa dengan NIP lain. Keluar dulu, lalu mendaftarlah dengan surel atau nomor "
    "ponsel Anda sendiri. Bila NIP Anda berganti, hentikan dulu surat kuasa yang lama di halaman status.",
    "nip",
)


@dataclass(frozen=True)
class WorkerValues:
    """What the donor typed about one worker, in canonical form. `phone` is E.164 or empty."""

    name: str
    nik: Nik
    phone: str
    occupation: Occupation
    workplace: str
    kelurahan: Kelurahan


def start(*, donor: Donor, link: InvitationLink | None, now: datetime) -> Registration:
    """The donor's open registration, or a new draft. Two tabs that start at once get the same one.

    A new draft counts one use of the link and takes the OPD it presets; a link that was used up or revoked meanwhile is
    left aside, for it opens nothing that the start page does not. Name, NIP and post are filled in from what is
    already verified about this donor.
    """
    existing = Registration.objects.filter(donor=donor, state__in=OPEN_REGISTRATION).first()
    if existing:
        return existing
    try:
        with transaction.atomic():
            return _open(donor, link, now)
    except IntegrityError:
        return Registration.objects.get(donor=donor, state__in=OPEN_REGISTRATION)


def _open(donor: Donor, link: InvitationLink | None, now: datetime) -> Registration:
    if link:
        link = InvitationLink.objects.select_for_update(of=("self",)).select_related("opd").get(pk=link.pk)
        link = link if usable(link, now) else None
    registration = Registration(
        reference=_reference(),
        donor=donor,
        link=link,
        name=donor.name,
        nip=donor.nip,
        nip_index=donor.nip_index,
        position=donor.position,
        opd=donor.opd or (link.opd if link else None),
        started_at=now,
        touched_at=now,
    )
    registration.save(force_insert=True)
    if link:
        InvitationLink.objects.filter(pk=link.pk).update(uses=F("uses") + 1)
    audit.record(event=Event.REGISTRATION_STARTED, about=registration, by=donor, now=now, by_link=bool(link))
    return registration


def save_person(
    *,
    registration_id,
    name: str,
    nip: Nip,
    position: str,
    opd: Opd,
    notes: list[Finding],
    by: Donor,
    now: datetime,
) -> Registration | Finding:
    """The step `diri`: who the donor is and where they work.

    Refused: a second person at a contact whose mandate runs for another NIP; they would take that promise over.
    """
    index = blind_index("nip", nip.digits)
    with transaction.atomic():
        registration = lock_editable(registration_id, by)
        if registration is None:
            return CLOSED
        if queries.pays_for_somebody_else(by, index):
            return OTHER_PERSON
        registration.name, registration.position, registration.opd = name, position, opd
        registration.nip, registration.nip_index = nip.digits, index
        registration.employment = nip.kind
        return _save(
            registration, now, "diri", notes, "name", "position", "opd", "nip", "nip_index", "employment"
        )


def save_account(
    *, registration_id, bank: Bank, account: str, holder: str, notes: list[Finding], by: Donor, now: datetime
) -> Registration | Finding:
    """The step `rekening`: the donor's own account at the city's bank."""
    with transaction.atomic():
        registration = lock_editable(registration_id, by)
        if registration is None:
            return CLOSED
        registration.bank, registration.account_holder = bank, holder
        registration.account, registration.account_index = (
            account,
            blind_index("account", f"{bank.code}:{account}"),
        )
        return _save(
            registration, now, "rekening", notes, "bank", "account", "account_index", "account_holder"
        )


def save_worker(
    *, registration_id, sponsorship_id, values: WorkerValues, notes: list[Finding], by: Donor, now: datetime
) -> Sponsorship | Finding:
    """The step `pekerja`: one worker, new (`sponsorship_id` None) or changed.

    Refused: 65 years or older on the first day of the first month, twice in this registration, held by a live
    sponsorship
    (without any detail), and more different NIKs in a day than the city allows.
    """
    with transaction.atomic():
        registration = lock_editable(registration_id, by)
        if registration is None:
            return CLOSED
        own = {str(s.pk): s for s in queries.own_sponsorships(registration)}
        changed = own.get(str(sponsorship_id)) if sponsorship_id else None
        fault = _worker_fault(registration, own, changed, values, now)
        if fault:
            return fault
        sponsorship = _write_worker(registration, changed, values, _last_position(own) + 1, now)
        _save(registration, now, f"pekerja:{sponsorship.pk}", notes)
        return sponsorship


def _worker_fault(registration, own, changed, values: WorkerValues, now: datetime) -> Finding | None:
    profile, index = city(), blind_index("nik", values.nik.digits)
    if changed is None and len(own) >= profile.workers_per_registration:
        return Finding(
            "too_many",
            f"Satu pendaftaran memuat paling banyak {profile.workers_per_registration} pekerja.",
            "nik",
        )
    if any(s.worker.nik_index == index for s in own.values() if s != changed):
        return Finding("twice", "NIK ini sudah Anda masukkan untuk pekerja lain di pendaftaran ini.", "nik")
    if _tried_too_many(registration.donor, index, profile.niks_per_day, now):
        return Finding(
            "too_many_tries",
            "Anda sudah mencoba terlalu banyak NIK hari ini. Silakan lanjutkan besok.",
            "nik",
        )
    first_day = queries.start_month(registration, now).first_day()
    if not under_age_limit(values.nik.birth_date, first_day, profile.age_limit):
        return Finding("too_old", f"Pekerja sudah berusia {profile.age_limit} tahun atau lebih.", "nik")
    holder = queries.held_by(index, besides=changed)
    return (_still_yours(holder, registration.donor) or HELD) if holder else None


def _still_yours(holder: Sponsorship, donor: Donor) -> Finding | None:
    """Until when the donor's own promise, which is ending, keeps its worker; None for anybody else's promise."""
    if holder.donor_id != donor.pk or holder.state != "ending" or not holder.end_period:
        return None
    last = Month.parse(holder.end_period)
    free = indonesian_date(last.next().first_day())
    return Finding(
        "still_yours",
        f"Pekerja ini masih Anda lindungi sampai {last.label()}. Anda dapat mendaftarkannya lagi mulai {free}.",
        "nik",
    )


def _tried_too_many(donor: Donor, index: str, most: int, now: datetime) -> bool:
    day = queries.calendar().local_date(now)
    # The donor's row is the lock: two tabs cannot each use the last free try.
    Donor.objects.select_for_update().get(pk=donor.pk)
    tried = set(NikTry.objects.filter(donor=donor, day=day).values_list("nik_index", flat=True))
    if index in tried:
        return False
    if len(tried) >= most:
        return True
    NikTry.objects.create(donor=donor, day=day, nik_index=index)
    return False


def _last_position(own: dict[str, Sponsorship]) -> int:
    return max((sponsorship.position for sponsorship in own.values()), default=0)


def _write_worker(registration, changed, values: WorkerValues, position: int, now: datetime) -> Sponsorship:
    worker = changed.worker if changed else Worker(created_at=now)
    index = blind_index("nik", values.nik.digits)
    released = changed is not None and worker.nik_index != index
    worker.name, worker.workplace = values.name, values.workplace
    worker.nik, worker.nik_index = values.nik.digits, index
    worker.birth_date, worker.sex = values.nik.birth_date, values.nik.sex
    worker.phone, worker.phone_index = (
        values.phone,
        blind_index("phone", values.phone) if values.phone else "",
    )
    worker.occupation, worker.kelurahan = values.occupation, values.kelurahan
    worker.save()
    if changed is None:
        return Sponsorship.objects.create(
            registration=registration,
            donor_id=registration.donor_id,
            worker=worker,
            position=position,
            created_at=now,
        )
    if released:  # a returned registration held the former NIK; the new one is claimed when it is sent again
        Sponsorship.objects.filter(pk=changed.pk).update(holds_nik=None)
    return changed


def remove_worker(*, registration_id, sponsorship_id, by: Donor, now: datetime) -> Registration | Finding:
    """Takes one worker out; what was typed about them is deleted with it (a mandate already printed keeps its
    own copy)."""
    with transaction.atomic():
        registration = lock_editable(registration_id, by)
        if registration is None:
            return CLOSED
        sponsorship = registration.sponsorships.filter(pk=sponsorship_id, state="pending").first()
        if sponsorship is not None:
            worker = sponsorship.worker
            sponsorship.delete()
            worker.delete()
            registration.notes = [n for n in registration.notes if n["step"] != f"pekerja:{sponsorship_id}"]
        return _save(registration, now, "", [])


def save_cover(
    *, registration_id, sponsorship_id, programme: str, declared_income: int, by: Donor, now: datetime
) -> Sponsorship | Finding:
    """The step `kepesertaan` for one worker: programme and declared income; the tier's base is what BPJS
    counts with."""
    with transaction.atomic():
        registration = lock_editable(registration_id, by)
        sponsorship = (
            registration and registration.sponsorships.filter(pk=sponsorship_id, state="pending").first()
        )
        if not sponsorship:
            return CLOSED
        base = queries.tariff().base_for(declared_income, queries.start_month(registration, now))
        if base is None:
            return Finding(
                "no_base",
                "Tarif untuk penghasilan ini belum tersedia. Hubungi layanan bantuan.",
                "declared_income",
            )
        sponsorship.programme, sponsorship.declared_income, sponsorship.base_income = (
            programme,
            declared_income,
            base,
        )
        sponsorship.save(update_fields=["programme", "declared_income", "base_income"])
        _save(registration, now, "", [])
        return sponsorship


def save_terms(
    *, registration_id, ceiling: int, wished_start: Month | None, by: Donor, now: datetime
) -> Registration | Finding:
    """The ceiling (0 means: exactly the normal tariff of all workers) and a later first month, both optional."""
    with transaction.atomic():
        registration = lock_editable(registration_id, by)
        if registration is None:
            return CLOSED
        registration.ceiling = ceiling
        registration.wished_start = str(wished_start) if wished_start else ""
        return _save(registration, now, "", [], "ceiling", "wished_start")


def lock_editable(registration_id, by: Donor) -> Registration | None:
    """The donor's own registration, locked, when it is theirs to change; else None."""
    return (
        Registration.objects.select_for_update()
        .filter(pk=registration_id, donor=by, state__in=EDITABLE)
        .first()
    )


def _save(
    registration: Registration, now: datetime, step: str, notes: list[Finding], *columns: str
) -> Registration:
    """Writes only the columns of the step, keeps its notes for the verifier, and remembers that the donor was here."""
    if step:
        others = [note for note in registration.notes if note["step"] != step]
        registration.notes = others + [{"step": step, "field": n.field, "message": n.message} for n in notes]
    registration.touched_at = now
    registration.save(update_fields=[*columns, "notes", "touched_at"])
    return registration


def _reference() -> str:
    """A number to read out on the phone: no look-alikes, no order, no count of how many registered."""
    symbols = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"PR-{symbols[:4]}-{symbols[4:]}"
