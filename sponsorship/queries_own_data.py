"""Everything that is kept about one donor, as they may see and take it along (UU 27/2022 articles 5 to 7 and 13).

Numbers show their last four digits unless `full`. A worker from the waiting list agreed to be known by name only:
their numbers stay masked in either case.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from registry.models import Donor, Message
from registry.queries import contacts_of, has_whatsapp
from registry.rules import preferences
from registry.rules.display import mask, mask_contact, nik_display, nip_display, phone_display
from sponsorship.models import Consent, Mandate, Registration, RegistrationPaper, Sponsorship
from sponsorship.rules.consent import VERSION, text_again, text_hash

Value = str | int | date | datetime | None
ERASED = "sudah dihapus"


@dataclass(frozen=True)
class Row:
    """One fact: `key` for machines, `label` for people. `money`: the value is whole rupiah."""

    key: str
    label: str
    value: Value
    money: bool = False


@dataclass(frozen=True)
class Part:
    """A group of facts with a title; `link` is a row it can be opened by (a consent's)."""

    key: str
    title: str
    rows: tuple[Row, ...]
    parts: tuple["Part", ...] = field(default=())
    link: int | None = None


def own_data(donor: Donor, full: bool = False) -> list[Part]:
    """The donor, then their registrations with workers, mandates, consents and papers, newest first."""
    registrations = (
        Registration.objects.filter(donor=donor)
        .select_related("opd", "bank")
        .prefetch_related(
            "sponsorships__worker__occupation", "sponsorships__worker__kelurahan", "mandates__bank", "consents",
            "papers__document",
        )
        .order_by("-started_at")
    )  # fmt: skip
    return [_person(donor, full), *(_registration(row, full) for row in registrations)]


def _person(donor: Donor, full: bool) -> Part:
    labels = dict(Donor._meta.get_field("preferred").choices)
    kinds = {kind.code: kind.label for kind in preferences.KINDS}
    channel, _ = preferences.route(contacts_of(donor), donor.preferred, has_whatsapp())
    second = _contact(donor.second_channel, donor.second_contact, full) if donor.second_channel else ""
    return Part(
        "donor",
        "Anda",
        (
            Row("contact", "Kontak untuk masuk", _contact(donor.channel, donor.contact, full)),
            Row("second_contact", "Kontak kedua", second),
            Row("preferred", "Pesan dikirim lewat", labels[channel]),
            Row("muted", "Pesan yang dimatikan", ", ".join(kinds.get(code, code) for code in donor.muted)),
            Row("name", "Nama", donor.name),
            Row("nip", "NIP", _nip(donor.nip, full)),
            Row("position", "Jabatan", donor.position),
            Row("opd", "OPD", donor.opd.name if donor.opd else ""),
            Row("retires_on", "Hari pertama tanpa gaji (pensiun)", donor.retires_on),
            Row("known_since", "Dikenal sejak", donor.created_at),
        ),
    )


def _registration(row: Registration, full: bool) -> Part:
    state = (
        Row("reference", "Nomor pendaftaran", row.reference),
        Row("state", "Status", row.get_state_display()),
    )
    dates = (
        Row("started_at", "Dimulai", row.started_at),
        Row("submitted_at", "Dikirim", row.submitted_at),
        Row("verified_at", "Disetujui", row.verified_at),
        Row("ended_at", "Berakhir", row.ended_at),
        Row("erased_at", "Data dihapus", row.erased_at),
    )
    typed = (
        Row("name", "Nama", row.name),
        Row("nip", "NIP", _nip(row.nip, full)),
        Row("employment", "Status kepegawaian", row.get_employment_display()),
        Row("position", "Jabatan", row.position),
        Row("opd", "OPD", row.opd.name if row.opd else ""),
        Row("bank", "Bank", row.bank.name if row.bank else ""),
        Row("account", "Nomor rekening", row.account if full else mask(row.account, "account")),
        Row("account_holder", "Pemilik rekening", row.account_holder),
        Row("ceiling", "Batas tertinggi yang dipilih", row.ceiling or None, money=True),
        Row("wished_start", "Bulan mulai yang dipilih", row.wished_start),
    )
    parts = (
        *(_worker(sponsorship, full) for sponsorship in row.sponsorships.all()),
        *(_mandate(mandate, full) for mandate in row.mandates.all()),
        *(_consent(consent) for consent in row.consents.all()),
        *(_paper(paper) for paper in row.papers.all()),
    )
    rows = (*state, *dates) if row.erased_at else (*state, *dates, *typed)
    return Part("registration", f"Pendaftaran {row.reference}", rows, parts)


def _worker(sponsorship: Sponsorship, full: bool) -> Part:
    worker, shown = sponsorship.worker, full and sponsorship.waiting_id is None
    about = (
        Row("nik", "NIK", nik_display(worker.nik) if shown else mask(worker.nik, "nik")),
        Row("phone", "Nomor ponsel", _phone(worker.phone, shown)),
        Row("birth_date", "Tanggal lahir", worker.birth_date if sponsorship.waiting_id is None else None),
        Row("occupation", "Pekerjaan", worker.occupation.name),
        Row("workplace", "Tempat kerja", worker.workplace),
        Row("kelurahan", "Kelurahan", worker.kelurahan.name),
        Row("declared_income", "Perkiraan penghasilan", sponsorship.declared_income or None, money=True),
    )
    promise = (
        Row("programme", "Program", sponsorship.get_programme_display()),
        Row("state", "Status", sponsorship.get_state_display()),
        Row("start_period", "Bulan pertama", sponsorship.start_period),
        Row("end_period", "Bulan terakhir", sponsorship.end_period),
        Row("pause_from", "Jeda sejak", sponsorship.pause_from),
        Row("pause_until", "Jalan lagi sejak", sponsorship.pause_until),
        Row("active_since", "Terlindungi sejak", sponsorship.active_since),
    )
    if worker.erased_at:
        return Part("worker", "Pekerja (data sudah dihapus)", promise)
    return Part("worker", f"Pekerja: {worker.name}", (Row("name", "Nama", worker.name), *about, *promise))


def _mandate(mandate: Mandate, full: bool) -> Part:
    account = mandate.account if full else mask(mandate.account, "account")
    return Part(
        "mandate",
        f"Surat kuasa {mandate.number}",
        (
            Row("number", "Nomor", mandate.number),
            Row("state", "Status", mandate.get_state_display()),
            Row("bank", "Bank", mandate.bank.name),
            Row("account", "Nomor rekening", ERASED if mandate.erased_at else account),
            Row(
                "account_holder", "Pemilik rekening", ERASED if mandate.erased_at else mandate.account_holder
            ),
            Row("ceiling", "Batas tertinggi per bulan", mandate.ceiling, money=True),
            Row("amount_at_issue", "Iuran bulan pertama", mandate.amount_at_issue, money=True),
            Row("text_version", "Versi naskah", mandate.text_version),
            Row("pdf_sha256", "Sidik SHA-256 berkas", mandate.pdf_sha256),
            Row("issued_at", "Diterbitkan", mandate.issued_at),
            Row("signed_on", "Ditandatangani", mandate.signed_on),
            Row("start_period", "Bulan pertama", mandate.start_period),
            Row("end_period", "Bulan terakhir", mandate.end_period),
        ),
    )


def _consent(consent: Consent) -> Part:
    figures = consent.figures
    return Part(
        "consent",
        "Persetujuan",
        (
            Row("given_at", "Disetujui", consent.given_at),
            Row("text_version", "Versi naskah", consent.text_version),
            Row("text_sha256", "Sidik SHA-256 naskah", consent.text_sha256),
            Row("workers", "Jumlah pekerja", str(figures.get("workers", ""))),
            Row("amount_now", "Iuran per bulan", figures.get("amount_now"), money=True),
            Row("ceiling", "Batas tertinggi per bulan", figures.get("ceiling"), money=True),
            Row("start", "Bulan pertama", figures.get("start", "")),
        ),
        link=consent.pk,
    )


def _paper(paper: RegistrationPaper) -> Part:
    document = paper.document
    return Part(
        "paper",
        document.get_kind_display(),
        (
            Row("added_at", "Diunggah", paper.added_at),
            Row("set_aside_at", "Diganti", paper.set_aside_at),
            Row("purged_at", "Dihapus", document.purged_at),
            Row("sha256", "Sidik SHA-256 berkas", document.sha256),
        ),
    )


def consent_again(consent: Consent) -> tuple[str, bool]:
    """The wording of a consent once more, and whether it is, letter by letter, what was agreed to (by its hash).

    The digits of the account are not kept with the consent: they are looked for among the registration's own. Where
    they were erased the text stands with dots in their place. Empty when the version is not known any more.
    """
    if consent.text_version != VERSION or "payday" not in consent.figures:
        return "", False
    registration = consent.registration
    accounts = [registration.account, *(mandate.account for mandate in registration.mandates.all())]
    for tail in {account[-4:] for account in accounts if account}:
        text = text_again(consent.figures, tail)
        if text_hash(text) == consent.text_sha256:
            return text, True
    return text_again(consent.figures, "••••"), False


def messages_to(donor: Donor) -> list[Message]:
    """What was said to this donor, newest first; one-time codes are gone after a day and are not among it."""
    return list(Message.objects.filter(recipient=str(donor.pk)).order_by("-created_at", "pk"))


def _contact(channel: str, contact: str, full: bool) -> str:
    if not full:
        return mask_contact(channel, contact)
    return phone_display(contact) if channel == "phone" else contact


def _nip(nip: str, full: bool) -> str:
    return nip_display(nip) if full else mask(nip, "nip")


def _phone(phone: str, full: bool) -> str:
    if not phone:
        return ""
    return phone_display(phone) if full else mask(phone, "phone")
