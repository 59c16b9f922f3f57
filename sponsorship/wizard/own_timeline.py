"""What the journal tells a donor about their own promise: each line in plain words, offices named, persons never."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from registry.models import AuditEvent, Donor
from registry.rules.events import Event
from sponsorship.models import Mandate, Registration, Sponsorship
from sponsorship.rules.lifecycle import LIVE_MANDATE
from sponsorship.rules.months import indonesian_date, wib

STOPPED = "Surat kuasa dihentikan"
# Lines that a donor reads: the words, the tone of the mark, and who acted when it was neither donor nor system.
TOLD = {
    Event.REGISTRATION_STARTED: ("Pendaftaran dimulai", "info", "OPD"),
    Event.REGISTRATION_SUBMITTED: ("Dikirim ke OPD", "good", "OPD"),
    Event.REGISTRATION_TAKEN: ("Mulai diperiksa", "info", "OPD"),
    Event.REGISTRATION_RETURNED: ("Dikembalikan untuk diperbaiki", "wait", "OPD"),
    Event.REGISTRATION_VERIFIED: ("Disetujui", "good", "OPD"),
    Event.REGISTRATION_WITHDRAWN: ("Dibatalkan", "stop", "OPD"),
    Event.REGISTRATION_EXPIRED: ("Kedaluwarsa karena lama tidak dilanjutkan", "stop", "OPD"),
    Event.SPONSORSHIP_ADDED: ("Pekerja ditambahkan", "good", "Petugas"),
    Event.SPONSORSHIP_PAUSED: ("Dijeda", "wait", "Petugas"),
    Event.SPONSORSHIP_RESUMED: ("Dilanjutkan sesudah jeda", "good", "Petugas"),
    Event.SPONSORSHIP_ENDING: ("Perlindungan diakhiri", "stop", "Petugas"),
    Event.SPONSORSHIP_SUPERSEDED: ("Pekerja diganti", "info", "Petugas"),
    Event.MANDATE_SUSPENDED: ("Surat kuasa ditangguhkan sesudah jawaban bank", "stop", "Bank"),
    Event.MANDATE_RESUMED: ("Surat kuasa berlaku lagi", "good", "Petugas"),
    Event.MANDATE_REJECTED: ("Surat kuasa ditolak bank", "stop", "Bank"),
    Event.MANDATE_REPLACED: ("Surat kuasa diganti versi baru", "info", ""),
    Event.MANDATE_CANCELLED: (STOPPED, "stop", "Petugas"),
    Event.MANDATE_EXPIRED: ("Surat kuasa berakhir", "stop", ""),
    Event.DONOR_MOVED: ("Pindah OPD", "info", "Petugas"),
    Event.DONOR_RETIRES: ("Berhenti karena pensiun dicatat", "info", "Petugas"),
}


@dataclass(frozen=True)
class Happening:
    """One entry of the timeline, in the words of components/timeline.html; `at` puts it in order."""

    at: datetime
    title: str
    tone: str
    who: str = ""
    when: str = ""
    text: str = ""


def told(donor: Donor) -> list[Happening]:
    """Everything the journal tells this donor, oldest first; what happened to several workers at once is one entry."""
    registrations = {
        str(row.pk): row for row in Registration.objects.filter(donor=donor).only("reference", "kind")
    }
    names = {
        str(pk): name
        for pk, name in Sponsorship.objects.filter(donor=donor).values_list("pk", "worker__name")
    }
    mandates = [str(pk) for pk in Mandate.objects.filter(lineage__donor=donor).values_list("pk", flat=True)]
    lines = list(_lines(registrations, names, mandates, donor))
    stopped_at = {line.at for line in lines if line.event == Event.MANDATE_CANCELLED}
    grouped: dict[tuple, list[str]] = {}
    for line in lines:
        if line.event == Event.SPONSORSHIP_ENDING and line.at in stopped_at:
            continue  # the end of the mandate says it already
        texts = grouped.setdefault((line.at, line.event, line.actor_kind), [])
        texts += _about(line, registrations, names)
    return [_happening(*key, texts) for key, texts in grouped.items()]


def _lines(
    registrations: Iterable[str], sponsorships: Iterable[str], mandates: Iterable[str], donor: Donor
) -> Iterable[AuditEvent]:
    objects = {
        Registration: list(registrations),
        Sponsorship: list(sponsorships),
        Mandate: list(mandates),
        Donor: [str(donor.pk)],
    }
    about = Q()
    for model, ids in objects.items():
        about |= Q(object_type=model._meta.label_lower, object_id__in=ids)
    for line in AuditEvent.objects.filter(about, event__in=[str(event) for event in TOLD]).order_by(
        "at", "id"
    ):
        # A paper that never counted is given up by printing anew; that is not the end of anything.
        never_counted = line.detail.get("source") not in LIVE_MANDATE
        if line.event not in (Event.MANDATE_CANCELLED, Event.MANDATE_REPLACED) or not never_counted:
            yield line


def _about(line: AuditEvent, registrations: dict[str, Registration], names: dict[str, str]) -> list[str]:
    """Which worker, or which registration when there are several."""
    if line.object_id in names:
        return [names[line.object_id] or "Pekerja"]
    if line.event == Event.DONOR_RETIRES and not line.detail.get("first_day"):
        return ["catatan itu ditarik kembali"]
    registration = registrations.get(line.object_id)
    if registration is None or len(registrations) == 1:
        return []
    change = "Perubahan, nomor " if registration.kind == "change" else "Nomor "
    return [f"{change}{registration.reference}"]


def _happening(at: datetime, event: str, actor: str, texts: list[str]) -> Happening:
    title, tone, office = TOLD[Event(event)]
    who = {"donor": "Anda", "staff": office}.get(actor, "")
    when = f"{indonesian_date(at)}, {wib(at)}"
    return Happening(at, title, tone, who, when, ", ".join(texts))
