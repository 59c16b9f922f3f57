"""What the page of one case shows: the papers with their pages, and the rows beside them."""

import json
from datetime import datetime

from django.urls import reverse

from config.clock import now, today
from opd_admin.desk_queries import next_case, previous_case
from registry.models import AuditEvent
from registry.queries import city
from registry.queries_roster import listed
from registry.rules.display import mask, nik_display, nip_display, phone_display
from registry.rules.documents import DocumentKind, ReturnReason
from registry.rules.events import Event
from registry.rules.identity import age_on, parse_nip
from registry.rules.work import EMPLOYMENT_LABELS
from sponsorship.actions.e_signature import certificate_of
from sponsorship.actions.mandates import pages_printed
from sponsorship.actions.paper_checks import seen_of
from sponsorship.actions.verification import account_is_taken, held_by_other, is_own, nip_is_taken
from sponsorship.models import Mandate, Registration, Sponsorship
from sponsorship.queries import current_mandate, own_sponsorships, papers_of, start_month
from sponsorship.rules.checks import (
    CHECKS_FOR,
    Compared,
    compared,
    compared_pages,
    compared_roster,
    compared_worker,
)
from sponsorship.rules.e_signature import signature_remarks
from sponsorship.rules.lifecycle import REGISTRATION
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month, indonesian_date, wib
from sponsorship.rules.paper_checks import compared_code, compared_photos
from sponsorship.wizard.session import shown_contact

TABS = {
    DocumentKind.SIGNED_MANDATE: "Surat kuasa",
    DocumentKind.KTP: "KTP",
    DocumentKind.PASSBOOK: "Tabungan",
}
SEEN_BY_MACHINE = "diperiksa otomatis"
TOLD = {
    Event.REGISTRATION_SUBMITTED: ("Dikirim pendaftar", "info"),
    Event.REGISTRATION_TAKEN: ("Diambil untuk diperiksa", "wait"),
    Event.REGISTRATION_RELEASED: ("Kembali ke antrean", "info"),
    Event.REGISTRATION_RETURNED: ("Dikembalikan kepada pendaftar", "stop"),
    Event.REGISTRATION_VERIFIED: ("Disetujui", "good"),
    Event.NUMBER_SHOWN: ("Nomor lengkap ditampilkan", "info"),
}


def case_context(request, registration: Registration, *, boxes=(), unmasked: bool) -> dict:
    """Papers, chosen picture, rows and history of one case; numbers show their last four unless `unmasked`.

    `boxes` are the tick boxes of the verifier's form; each group of rows carries those that belong to its paper.
    """
    moment, user = now(), request.user
    pages = _pages(registration)
    wanted = (request.GET.get("berkas"), request.GET.get("hal"))
    picture = next((p for p in pages if (p["kind"], str(p["number"])) == wanted), pages[0] if pages else None)
    held = held_by_other(registration, user, moment)
    mine = registration.state == "in_check" and registration.taken_by_id == user.pk
    own_case = is_own(registration, user)
    may_take = registration.state in ("submitted", "in_check") and not (mine or held or own_case)
    following, preceding = next_case(user, after=registration), previous_case(user, before=registration)
    return {
        "registration": registration,
        "state": REGISTRATION.state(registration.state),
        "mine": mine,
        "held": held,
        "held_since": wib(registration.taken_at) if registration.taken_at else "",
        "own_case": own_case,
        "may_take": may_take,
        "papers": [tab for kind in DocumentKind if (tab := _tab(kind, pages, picture))],
        "picture": picture,
        "image_url": picture["url"] if picture else "",
        "next_page": pages[(pages.index(picture) + 1) % len(pages)]["address"] if len(pages) > 1 else "",
        "groups": _groups(registration, pages, picture, boxes if mine else (), moment, unmasked),
        "history": _history(registration),
        "keys": _keys(mine, may_take, len(pages), following, preceding),
        "next_url": reverse("desk-case", args=[following.pk]) if following else "",
        "previous_url": reverse("desk-case", args=[preceding.pk]) if preceding else "",
    }


def _pages(registration: Registration) -> list[dict]:
    """Every page of the papers that count now, numbered within its kind."""
    papers = list(papers_of(registration))
    found = []
    for kind in DocumentKind:
        of_kind = [
            (paper, page) for paper in papers if paper.kind == kind for page in paper.document.pages.all()
        ]
        for number, (paper, page) in enumerate(of_kind, start=1):
            query = f"berkas={kind}&hal={number}"
            found.append(
                {
                    "kind": kind,
                    "paper": paper,
                    "number": number,
                    "of": len(of_kind),
                    "notes": [note["message"] for note in paper.notes],
                    "url": reverse("desk-page", args=[registration.pk, page.pk]),
                    "query": query,
                    "address": f"{reverse('desk-case', args=[registration.pk])}?{query}",
                    "alt": f"{TABS[kind]}, halaman {number} dari {len(of_kind)}",
                }
            )
    return found


def _tab(kind: DocumentKind, pages: list[dict], picture: dict | None) -> dict | None:
    own = [page for page in pages if page["kind"] == kind]
    if not own:
        return None
    active = picture is not None and picture["kind"] == kind
    place = f" {picture['number']}/{len(own)}" if active and len(own) > 1 else ""
    key = str(1 + list(DocumentKind).index(kind))
    return {"label": TABS[kind] + place, "url": own[0]["address"], "active": active, "key": key}


def _keys(mine: bool, may_take: bool, pages: int, following, preceding) -> list[tuple[str, str]]:
    keys = [("A", "ambil")] if may_take else []
    keys += [("S", "setujui"), ("K", "kembalikan")] if mine else []
    keys += [("N", "berikutnya")] if following else []
    keys += [("P", "sebelumnya")] if preceding else []
    keys += [("1–3", "berkas")] if pages else []
    keys += [("H", "halaman lain")] if pages > 1 else []
    return keys + ([("+", "perbesar"), ("−", "perkecil"), ("R", "putar")] if pages else [])


def _groups(registration, pages, picture, boxes, moment: datetime, unmasked: bool) -> list[dict]:
    """The rows in groups, one per paper and one per worker; the group of the paper in view comes first."""
    mandate = current_mandate(registration)
    starts = mandate.start_period if mandate else ""
    first = Month.parse(starts) if starts else start_month(registration, moment)
    own_notes = [note for note in registration.notes if not note["step"].startswith("pekerja:")]
    parsed = parse_nip(registration.nip, today=today())
    found = compared(
        name=registration.name,
        holder=registration.account_holder,
        nip_birth=parsed.value.birth_date if parsed.value else None,
        nip_taken=nip_is_taken(registration),
        account_taken=account_is_taken(registration),
        notes=own_notes,
    ) + compared_roster(registration.name, listed(registration.nip_index, registration.opd))
    groups = {
        DocumentKind.SIGNED_MANDATE: (
            "Surat kuasa",
            [*_mandate_rows(mandate, pages, first), *_signature_rows(registration, pages)],
        ),
        DocumentKind.KTP: ("ASN", _person_rows(registration, found, unmasked)),
        DocumentKind.PASSBOOK: ("Rekening", _account_rows(registration, found, unmasked)),
    }
    for kind, rows in _seen_rows(pages).items():
        groups[kind][1].extend(rows)
    in_view = picture["kind"] if picture else DocumentKind.SIGNED_MANDATE
    ordered = sorted(groups, key=lambda kind: kind != in_view)
    by_paper = [
        {
            "title": groups[kind][0],
            "rows": groups[kind][1],
            "boxes": [box for box in boxes if box.data["value"] in CHECKS_FOR[kind]],
        }
        for kind in ordered
    ]
    limit = city().age_limit
    workers = [_worker_group(s, registration, first, limit, unmasked) for s in own_sponsorships(registration)]
    return by_paper + workers


def _seen_rows(pages: list[dict]) -> dict[DocumentKind, list[dict]]:
    """What was seen on the papers by machine: the QR of the mandate, and photos that look hard to read."""
    papers = list(dict.fromkeys(page["paper"] for page in pages))
    rows: dict[DocumentKind, list[dict]] = {}
    for kind in DocumentKind:
        seen = [seen_of(paper) for paper in papers if paper.kind == kind]
        code = compared_code(seen) if kind is DocumentKind.SIGNED_MANDATE else None
        photo = compared_photos(seen)
        rows[kind] = [_row("Kode QR", SEEN_BY_MACHINE, [code], "qr")] if code else []
        rows[kind] += [_row("Foto", SEEN_BY_MACHINE, [photo], "photo")] if photo else []
    return rows


def _person_rows(registration: Registration, found: list[Compared], unmasked: bool) -> list[dict]:
    contact = registration.donor.contact if unmasked else shown_contact(registration.donor)
    if unmasked and registration.donor.channel == "phone":
        contact = phone_display(contact)
    number = f"NIP {EMPLOYMENT_LABELS.get(registration.employment, '')}".strip()
    return [
        _row("Nama", registration.name, found, "name"),
        _row(number, nip_display(registration.nip), found, "nip"),
        _row("Jabatan", registration.position, found, "position"),
        _row("OPD", registration.opd.name, found, "opd"),
        _row(registration.donor.get_channel_display(), contact),
    ]


def _account_rows(registration: Registration, found: list[Compared], unmasked: bool) -> list[dict]:
    account = registration.account if unmasked else mask(registration.account, "account")
    return [
        _row("Bank", registration.bank.name),
        _row("Rekening", account, found, "account"),
        _row("Pemilik", registration.account_holder, found, "account_holder"),
    ]


def _change_rows(mandate: Mandate) -> list[dict]:
    """That no worker is added: the same ones go on under a new paper."""
    if mandate.registration.kind != "change":
        return []
    workers = len(json.loads(mandate.printed)["basis"]["workers"])
    return [
        _row("Jenis", f"Perubahan surat kuasa; {workers} pekerja yang sudah berjalan, tanpa pekerja baru")
    ]


def _mandate_rows(mandate: Mandate | None, pages: list[dict], first: Month) -> list[dict]:
    """What stands on the printed paper, for comparing it with the signed one."""
    if mandate is None:
        return [_row("Nomor surat", "belum ada")]
    printed, sheets = json.loads(mandate.printed), pages_printed(mandate)
    handed_in = sum(page["kind"] == DocumentKind.SIGNED_MANDATE for page in pages)
    start = Month.parse(printed["start"])
    starts = _row("Mulai", start.label())
    if start != first:
        starts["note"] = f"Bulan itu sudah lewat batas; potongan pertama {first.label()}."
    return [
        _row("Nomor surat", mandate.number),
        _row("Kode acuan", printed["reference"]),
        _row(
            "Halaman",
            f"{handed_in} diunggah, {sheets or '?'} dicetak",
            [compared_pages(printed=sheets, handed_in=handed_in)],
            "pages",
        ),
        *_change_rows(mandate),
        _row("Iuran", f"{rupiah(mandate.amount_at_issue)} sebulan"),
        _row("Paling banyak", f"{rupiah(mandate.ceiling)} sebulan"),
        starts,
    ]


def _signature_rows(registration: Registration, pages: list[dict]) -> list[dict]:
    """Whose electronic signature stands for ink, when one does."""
    certified = certificate_of(registration, [page["paper"] for page in pages])
    if certified is None:
        return []
    found = [
        Compared("signature", fits, words) for fits, words in signature_remarks(certified, registration.name)
    ]
    return [_row("Tanda tangan elektronik", f"{certified.signer} ({certified.issuer})", found, "signature")]


def _worker_group(
    sponsorship: Sponsorship, registration: Registration, first: Month, age_limit: int, unmasked: bool
) -> dict:
    worker = sponsorship.worker
    found = compared_worker(
        birth=worker.birth_date,
        first_day=first.first_day(),
        age_limit=age_limit,
        notes=[note for note in registration.notes if note["step"] == f"pekerja:{sponsorship.pk}"],
    )
    phone = (
        (phone_display(worker.phone) if unmasked else mask(worker.phone, "phone"))
        if worker.phone
        else "tidak ada"
    )
    birth = worker.birth_date
    age = f"{age_on(birth, first.first_day())} tahun menurut NIK" if birth else "tidak diketahui"
    rows = [
        _row("NIK", nik_display(worker.nik) if unmasked else mask(worker.nik, "nik"), found, "nik"),
        _row("Usia", age, found, "age"),
        _row("Ponsel", phone, found, "phone"),
        _row("Pekerjaan", worker.occupation.name, found, "occupation"),
        _row("Tempat kerja", f"{worker.workplace}, {worker.kelurahan.name}", found, "workplace"),
        _row("Program", f"{sponsorship.get_programme_display()}, dasar {rupiah(sponsorship.base_income)}"),
    ]
    return {"title": f"Pekerja: {worker.name}", "rows": rows, "boxes": []}


def _row(label: str, value: str, found=(), field: str = "") -> dict:
    """A row of the data with what the product compared about it: fits, wants a look with the reason, or nothing."""
    about = [result for result in found if field and result.field == field]
    doubts = [result.words for result in about if not result.fits]
    row = {"label": label, "value": value, "note": " ".join(doubts)}
    if about:
        row.update(tone="wait" if doubts else "good", word="periksa" if doubts else "cocok")
    return row


def _history(registration: Registration) -> list[dict]:
    """The journal of this case, newest first: what, who, when, and the reasons of each return."""
    lines = (
        AuditEvent.objects.filter(
            object_type=registration._meta.label_lower,
            object_id=str(registration.pk),
            event__in=[str(e) for e in TOLD],
        )
        .select_related("actor_user")
        .order_by("-at", "-id")
    )
    notes = {note.at: note for note in registration.return_notes.all()}
    return [_told(line, notes.get(line.at)) for line in lines]


def _told(line: AuditEvent, note) -> dict:
    title, tone = TOLD[Event(line.event)]
    entry = {"title": title, "tone": tone, "when": f"{indonesian_date(line.at)}, {wib(line.at)}"}
    entry["who"] = str(line.actor_user) if line.actor_user else ""
    if note and line.event == Event.REGISTRATION_RETURNED:
        reasons = [
            f"{TABS[DocumentKind(kind)]}: {ReturnReason(code).label}."
            for kind, codes in note.reasons.items()
            for code in codes
        ]
        entry["text"] = " ".join([*reasons, note.note]).strip()
    return entry
