"""Filling in a registration, step by step. Each function saves one step; nothing of a draft lives anywhere else.

All of them lock the registration first and answer a Finding when it is not the donor's to change any more.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from registry.actions import audit
from registry.actions.moves import move
from registry.models import Bank, Donor, Kelurahan, Occupation, Opd, Worker
from registry.queries import city
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.identity import Nik, Nip, under_age_limit
from registry.vault import blind_index
from sponsorship import queries
from sponsorship.actions import kept_papers, nik_tries, waiting_list
from sponsorship.actions.links import usable
from sponsorship.models import InvitationLink, Registration, Sponsorship
from sponsorship.rules.lifecycle import OPEN_REGISTRATION, SPONSORSHIP
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
FROM_LIST = Finding(
    "from_list",
    "Data pekerja dari daftar tunggu sudah diperiksa kantor dan tidak diubah di sini. Bila tidak jadi, hapus pekerja "
    "ini; ia kembali ke daftar tunggu.",
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
    left aside, for it opens nothing that the start page does not. Name, NIP, post, office and account are filled in
    from what is already verified about this donor, who looks at them again before agreeing.
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
        reference=new_reference(),
        donor=donor,
        link=link,
        name=donor.name,
        nip=donor.nip,
        nip_index=donor.nip_index,
        position=donor.position,
        opd=_office(donor, link, now),
        started_at=now,
        touched_at=now,
    )
    _fill_in(registration)
    registration.save(force_insert=True)
    if link:
        InvitationLink.objects.filter(pk=link.pk).update(uses=F("uses") + 1)
    audit.record(event=Event.REGISTRATION_STARTED, about=registration, by=donor, now=now, by_link=bool(link))
    return registration


def _office(donor: Donor, link: InvitationLink | None, now: datetime) -> Opd | None:
    """Where the donor was last verified to work, unless that office has closed since; else the link's office."""
    open_now = Opd.objects.open_on(queries.calendar().local_date(now))
    if donor.opd_id and open_now.filter(pk=donor.opd_id).exists():
        return donor.opd
    return link.opd if link else None


def _fill_in(registration: Registration) -> None:
    """Employment and account as last verified, with the notes about them; never an account the city's bank would
    not take any more."""
    verified = Registration.objects.filter(donor=registration.donor, state="verified", erased_at=None)
    last = verified.select_related("bank").order_by("-verified_at").first()
    if last is None or not last.nip_index or last.nip_index != registration.nip_index:
        return
    registration.employment, kept = last.employment, ["diri"]
    bank = city().bank
    if last.bank == bank and last.account_index and re.fullmatch(bank.account_pattern, last.account):
        registration.bank, registration.account_holder = last.bank, last.account_holder
        registration.account, registration.account_index = last.account, last.account_index
        kept.append("rekening")
    registration.notes = [note for note in last.notes if note["step"] in kept]


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
        _save(registration, now, "rekening", notes, "bank", "account", "account_index", "account_holder")
        kept_papers.link(registration, now)
        return registration


def save_worker(
    *, registration_id, sponsorship_id, values: WorkerValues, notes: list[Finding], by: Donor, now: datetime
) -> Sponsorship | Finding:
    """The step `pekerja`: one worker, new (`sponsorship_id` None) or changed.

    Refused: 65 years or older on the first day of the first month, twice in this registration, held by a live
    sponsorship (without any detail), more different NIKs in a day than the city allows, and any change to a worker
    from the waiting list, whose data the office checked.
    """
    with transaction.atomic():
        registration = lock_editable(registration_id, by)
        if registration is None:
            return CLOSED
        own = {str(s.pk): s for s in queries.own_sponsorships(registration)}
        changed = own.get(str(sponsorship_id)) if sponsorship_id else None
        if changed and changed.waiting_id:
            return FROM_LIST
        fault = _worker_fault(registration, own, changed, values, now)
        if fault:
            return fault
        sponsorship = _write_worker(registration, changed, values, _last_position(own) + 1, now)
        _save(registration, now, f"pekerja:{sponsorship.pk}", notes)
        return sponsorship


def _worker_fault(registration, own, changed, values: WorkerValues, now: datetime) -> Finding | None:
    profile, index = city(), blind_index("nik", values.nik.digits)
    if changed is None and len(own) >= profile.workers_per_registration:
        return too_many_workers(profile.workers_per_registration)
    if any(s.worker.nik_index == index for s in own.values() if s != changed):
        return Finding("twice", "NIK ini sudah Anda masukkan untuk pekerja lain di pendaftaran ini.", "nik")
    first_day = queries.start_month(registration, now).first_day()
    return worker_fault(registration.donor, values.nik, first_day, now, changed)


def worker_fault(
    donor: Donor, nik: Nik, first_day: date, now: datetime, besides: Sponsorship | None = None
) -> Finding | None:
    """Why this donor cannot promise for this NIK from `first_day` on; the try is noted. `besides`: the promise that
    may hold the NIK already."""
    profile, index = city(), blind_index("nik", nik.digits)
    if nik_tries.too_many(donor, index, now):
        return Finding(
            "too_many_tries",
            "Anda sudah mencoba terlalu banyak NIK hari ini. Silakan lanjutkan besok.",
            "nik",
        )
    if not under_age_limit(nik.birth_date, first_day, profile.age_limit):
        return Finding("too_old", f"Pekerja sudah berusia {profile.age_limit} tahun atau lebih.", "nik")
    holder = queries.held_by(index, besides=besides)
    return (_still_yours(holder, donor) or HELD) if holder else None


def too_many_workers(most: int) -> Finding:
    return Finding("too_many", f"Satu pendaftaran memuat paling banyak {most} pekerja.", "nik")


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


def _last_position(own: dict[str, Sponsorship]) -> int:
    return max((sponsorship.position for sponsorship in own.values()), default=0)


def _write_worker(registration, changed, values: WorkerValues, position: int, now: datetime) -> Sponsorship:
    worker = changed.worker if changed else Worker(created_at=now)
    index = blind_index("nik", values.nik.digits)
    released = changed is not None and worker.nik_index != index
    if released:  # somebody who waits and was sent in already under their own NIK waits again
        waiting_list.give_back(sponsorship=changed, by=registration.donor, now=now)
    write_worker(worker, values)
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


def write_worker(worker: Worker, values: WorkerValues) -> Worker:
    """Puts what was typed into this worker and saves it."""
    worker.name, worker.workplace = values.name, values.workplace
    worker.nik, worker.nik_index = values.nik.digits, blind_index("nik", values.nik.digits)
    worker.birth_date, worker.sex = values.nik.birth_date, values.nik.sex
    worker.phone, worker.phone_index = (
        values.phone,
        blind_index("phone", values.phone) if values.phone else "",
    )
    worker.occupation, worker.kelurahan = values.occupation, values.kelurahan
    worker.save()
    return worker


def remove_worker(*, registration_id, sponsorship_id, by: Donor, now: datetime) -> Registration | Finding:
    """Takes one worker out; what was typed about them is deleted with it (a mandate already printed keeps its
    own copy). Somebody from the waiting list goes back to it."""
    with transaction.atomic():
        registration = lock_editable(registration_id, by)
        if registration is None:
            return CLOSED
        sponsorship = registration.sponsorships.filter(pk=sponsorship_id, state="pending").first()
        if sponsorship is not None:
            waiting_list.give_back(sponsorship=sponsorship, by=by, now=now)
            _forget(sponsorship, by, now)
            registration.notes = [n for n in registration.notes if n["step"] != f"pekerja:{sponsorship_id}"]
        return _save(registration, now, "", [])


def _forget(sponsorship: Sponsorship, by: Donor, now: datetime) -> None:
    if (
        sponsorship.consents.exists()
    ):  # the worker's own yes is kept, and with it the promise that it was given to
        move(row=sponsorship, along=SPONSORSHIP, event="withdraw", by=by, now=now, also={"holds_nik": None})
        return
    worker = sponsorship.worker
    sponsorship.delete()
    worker.delete()


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


def new_reference() -> str:
    """A number to read out on the phone: no look-alikes, no order, no count of how many registered."""
    symbols = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"PR-{symbols[:4]}-{symbols[4:]}"
