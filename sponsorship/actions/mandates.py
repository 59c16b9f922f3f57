"""Printing the mandate: a numbered, versioned paper made from exactly the present data, kept byte for byte."""

import io
import json
import logging
import secrets
from datetime import date, datetime

import pikepdf
from django.conf import settings
from django.db import transaction

from registry.actions import audit, documents
from registry.actions.moves import move
from registry.models import Donor
from registry.queries import city
from registry.rules.display import mask, nik_display, nip_display, phone_display
from registry.rules.documents import DocumentKind
from registry.rules.events import Event
from registry.rules.finding import Finding
from sponsorship import queries
from sponsorship.actions.facts import basis_of, facts_of, fits
from sponsorship.models import Consent, Mandate, MandateLineage, Registration, Sponsorship
from sponsorship.printing import MandateSheet, WorkerLine, render_mandate
from sponsorship.rules import consent, mandate
from sponsorship.rules.completeness import data_gaps
from sponsorship.rules.lifecycle import MANDATE
from sponsorship.rules.months import Month
from sponsorship.rules.tariff import Tariff

logger = logging.getLogger(__name__)

NOT_THE_TEXT = Finding(
    "consent_changed",
    "Isi persetujuan berubah karena data atau bulan berganti. Baca sekali lagi, lalu setujui.",
    "agree",
)
TOO_MANY = Finding(
    "too_many_versions",
    "Surat kuasa Anda sudah terlalu sering dicetak ulang. Hubungi layanan bantuan untuk melanjutkan.",
)
NOT_KEPT = Finding(
    "not_kept",
    "Surat kuasa belum bisa disimpan karena gangguan di sistem kami. Jawaban Anda aman; coba lagi nanti.",
)


def issue(*, registration_id, agreed_text: str, by: Donor, now: datetime) -> Mandate | list[Finding]:
    """Records the consent and prints the mandate of a draft or returned registration.

    1. Everything the mandate needs must be there, and `agreed_text` must be the consent text of the present figures.
    2. When the last version was printed from exactly these data, that one is the answer: nothing is printed twice.
    3. Otherwise a new version is printed and kept, and the versions before it that nobody verified are replaced; a scan
       of one of them that was handed in is set aside.
    """
    try:
        with transaction.atomic():
            registration = (
                Registration.objects.select_for_update()
                .filter(pk=registration_id, donor=by, state__in=("draft", "returned"))
                .first()
            )
            if registration is None:
                return [Finding("closed", "Pendaftaran ini tidak bisa diubah lagi.")]
            gaps = data_gaps(facts_of(registration))
            return gaps or _agree(registration, agreed_text, by, now)
    except OSError:  # the disk is full or gone: nothing was agreed to and nothing printed
        logger.exception("a mandate could not be kept")
        return [NOT_KEPT]


def _agree(registration: Registration, agreed_text: str, by: Donor, now: datetime) -> Mandate | list[Finding]:
    figures = figures_of(registration, now)
    if agreed_text != consent.consent_text(figures):
        return [NOT_THE_TEXT]
    current = queries.current_mandate(registration)
    fitting = current if current and fits(registration, current) else None
    if not fitting and _versions(by) >= mandate.HIGHEST_VERSION:
        return [TOO_MANY]
    _record_consent(registration, figures, agreed_text, by, now)
    return fitting or _print(registration, figures, by, now)


def figures_of(registration: Registration, now: datetime, prices: Tariff | None = None) -> consent.Figures:
    """What the consent and the mandate name, for the first month this registration can still reach.

    `prices`: the tariff, when the caller has read it already.
    """
    calendar = queries.calendar()
    start = queries.start_month(registration, now, calendar)
    workers = queries.promised_sponsorships(registration)
    amounts = queries.amounts_of(workers, start, prices or queries.tariff())
    return consent.Figures(
        workers=len(workers),
        amount_now=amounts.now,
        amount_full=amounts.full,
        discount_until=amounts.discount_until,
        ceiling=effective_ceiling(registration, amounts.full),
        account_tail=registration.account[-4:],
        bank=registration.bank.name,
        start=start,
        payday=calendar.payday(start),
        cutoff_days=calendar.cutoff_working_days,
        cutoff_hour=calendar.cutoff_hour,
        later=amounts.later,
    )


def effective_ceiling(registration: Registration, full_total: int) -> int:
    """The ceiling the donor chose, never under the normal tariff of all workers and never over the city's
    factor of it."""
    low, high = mandate.ceiling_bounds(full_total, city().ceiling_factor)
    return min(max(registration.ceiling, low), high)


def open_print(*, mandate: Mandate, by, now: datetime) -> bytes:
    """The kept PDF, the same bytes each time, with a line in the journal. Raises documents.PaperDamaged."""
    return documents.open_document(document=mandate.pdf, by=by, now=now, opd_id=mandate.registration.opd_id)


def pages_printed(mandate: Mandate) -> int | None:
    """How many pages the kept PDF has; None when it cannot be read. For the house's own use: no journal line."""
    try:
        with pikepdf.open(io.BytesIO(documents.read(mandate.pdf_sha256))) as pdf:
            return len(pdf.pages)
    except (documents.PaperDamaged, pikepdf.PdfError):
        return None


def printed_checksum(printed: dict) -> str:
    return mandate.checksum(printed, settings.MANDATE_KEY)


def _print(registration: Registration, figures: consent.Figures, by: Donor, now: datetime) -> Mandate:
    lineage = queries.live_lineage(by.pk) or MandateLineage.objects.create(
        donor=by, code=mandate.new_code(secrets.token_bytes(mandate.RANDOM_BYTES)), created_at=now
    )
    version, today = _versions(by) + 1, queries.calendar().local_date(now)
    printed = {
        "reference": mandate.mandate_reference(lineage.code, version),
        "version": version,
        "number": f"SK/{today:%Y/%m}/{lineage.code}-{version:02d}",
        "printed_on": today.isoformat(),
        "amount_now": figures.amount_now,
        "ceiling": figures.ceiling,
        "start": str(figures.start),
        "text_version": consent.MANDATE_TEXT_VERSION,
        "basis": basis_of(registration),
    }
    pdf = render_mandate(_sheet(registration, figures, printed))
    document = documents.store(kind="mandate_print", data=pdf, content_type="application/pdf", by=by, now=now)
    issued = Mandate(
        lineage=lineage,
        version=version,
        number=printed["number"],
        registration=registration,
        bank=registration.bank,
        account=registration.account,
        account_index=registration.account_index,
        account_holder=registration.account_holder,
        ceiling=figures.ceiling,
        amount_at_issue=figures.amount_now,
        text_version=printed["text_version"],
        printed=json.dumps(printed, ensure_ascii=False),
        checksum=printed_checksum(printed),
        pdf=document,
        pdf_sha256=document.sha256,
        issued_at=now,
    )
    for earlier in registration.mandates.select_for_update().filter(state__in=("issued", "signed")):
        move(row=earlier, along=MANDATE, event="replace", by=by, now=now, also={"ended_at": now})
    # A scan of the paper before this one is signed for other data: it does not count for the new one.
    registration.papers.filter(kind=DocumentKind.SIGNED_MANDATE, set_aside_at=None).update(set_aside_at=now)
    issued.save(force_insert=True)
    audit.record(
        event=Event.MANDATE_ISSUED,
        about=issued,
        by=by,
        now=now,
        number=issued.number,
        sha256=issued.pdf_sha256,
    )
    return issued


def _versions(donor: Donor) -> int:
    """How many mandates the donor's lineage has so far; their numbers end with 99."""
    return Mandate.objects.filter(lineage=queries.live_lineage(donor.pk)).count()


def _record_consent(registration, figures: consent.Figures, text: str, by: Donor, now: datetime) -> None:
    given = Consent.objects.create(
        registration=registration,
        purpose="mandate",
        text_version=consent.VERSION,
        text_sha256=consent.text_hash(text),
        figures=consent.kept_figures(figures),
        given_at=now,
    )
    audit.record(event=Event.CONSENT_GIVEN, about=given, by=by, now=now, text_version=given.text_version)


def _sheet(registration: Registration, figures: consent.Figures, printed: dict) -> MandateSheet:
    profile, bank, donor = city(), registration.bank, registration.donor
    return MandateSheet(
        reference=printed["reference"],
        number=printed["number"],
        version=printed["version"],
        text_version=printed["text_version"],
        government=profile.government,
        programme=profile.programme,
        office=profile.office,
        help_phone=profile.help_phone,
        help_hours=profile.help_hours,
        bank=bank.name,
        bank_legal_name=bank.legal_name,
        creditor=profile.office,
        place=profile.name.removeprefix("Kota ").removeprefix("Kabupaten "),
        printed_on=date.fromisoformat(printed["printed_on"]),
        donor_name=registration.name,
        nip=nip_display(registration.nip),
        nip_label="NIP" if registration.employment == "pns" else "NI PPPK",
        position=registration.position,
        opd=registration.opd.name,
        contact_label="Nomor ponsel" if donor.channel == "phone" else "Surel",
        contact=phone_display(donor.contact) if donor.channel == "phone" else donor.contact,
        account=registration.account,
        account_holder=registration.account_holder,
        workers=tuple(_worker_line(s, figures.start) for s in queries.promised_sponsorships(registration)),
        amount_now=figures.amount_now,
        discount_until=figures.discount_until.label() if figures.discount_until else None,
        ceiling=figures.ceiling,
        start_month=figures.start.label(),
        cutoff_working_days=profile.cutoff_working_days,
        cutoff_hour=profile.cutoff_hour,
        meterai_required=profile.meterai_required,
        qr_text=mandate.qr_text(printed["reference"], printed["version"], printed_checksum(printed)),
        consent=f"Persetujuan tertulis versi {consent.VERSION} telah saya baca dan berikan.",
    )


def _worker_line(sponsorship: Sponsorship, month: Month) -> WorkerLine:
    prices = queries.tariff()
    worker = sponsorship.worker
    return WorkerLine(
        name=worker.name,
        # Who was chosen from the waiting list never handed their number to this donor.
        nik=mask(worker.nik, "nik") if sponsorship.waiting_id else nik_display(worker.nik),
        occupation=worker.occupation.name,
        kelurahan=worker.kelurahan.name,
        programme=sponsorship.get_programme_display(),
        base_income=sponsorship.base_income,
        amount_now=queries.price_of(sponsorship, month, prices).total,
        amount_full=queries.full_price_of(sponsorship, month, prices).total,
    )
