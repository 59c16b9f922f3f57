"""The copy of a donor's data to take along: one archive with a file for machines, one for reading, and the papers."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.text import slugify

from autodebit.queries_own import OwnMonth, own_months
from registry.actions import documents
from registry.models import Document, Donor
from registry.queries import city
from sponsorship import queries
from sponsorship.actions import privacy
from sponsorship.models import Mandate, RegistrationPaper
from sponsorship.queries_openings import openings
from sponsorship.queries_own_data import Part, messages_to, own_data
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import indonesian_date, wib
from sponsorship.wizard import limits
from sponsorship.wizard.views.pages import Visit, own
from sponsorship.wizard.views.privacy import shown
from sponsorship.wizard.views.status import private

EXPORTS = ("6/h", "120/h")
FORMAT = "asn-peduli-data-saya-1"


@own("POST")
def export(visit: Visit) -> HttpResponse:
    """Everything about the donor with full numbers, as a ZIP; who took it when stands in the journal."""
    stopped = limits.too_many(visit.request, "unduh-data", str(visit.donor.pk), EXPORTS)
    if stopped:
        return stopped
    with transaction.atomic():
        privacy.record_export(by=visit.donor, now=visit.now)
        data = archive(visit.donor, visit.now)
    return private(data, "application/zip", f"attachment; filename=data-saya-{visit.now:%Y%m%d}.zip")


def archive(donor: Donor, now: datetime) -> bytes:
    """The ZIP: `data.json`, `data.html`, `surat-kuasa/`, `berkas/`. A paper that does not open any more is left out."""
    months = own_months(donor, queries.calendar(), now)
    parts = own_data(donor, full=True)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "data.json", json.dumps(_machine(donor, parts, months, now), ensure_ascii=False, indent=1)
        )
        packed.writestr(
            "data.html", render_to_string("autodebit/own_data.html", _page(donor, parts, months, now))
        )
        for name, data in _papers(donor, now):
            packed.writestr(name, data)
    return out.getvalue()


def _machine(donor: Donor, parts: list[Part], months: list[OwnMonth], now: datetime) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "data": [_plain(part) for part in parts],
        "debits": [_month(month) for month in months],
        "messages": [
            {
                "event": message.event,
                "channel": message.channel,
                "state": message.state,
                "at": message.created_at.isoformat(),
                "subject": message.subject,
                "body": message.body,
            }
            for message in messages_to(donor)
        ],
        "openings": [{"at": o.at.isoformat(), "what": o.what, "who": o.who} for o in openings(donor)],
    }


def _plain(part: Part) -> dict[str, Any]:
    facts = {row.key: _iso(row.value) for row in part.rows}
    return {
        "kind": part.key,
        **facts,
        **({"parts": [_plain(inner) for inner in part.parts]} if part.parts else {}),
    }


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _month(month: OwnMonth) -> dict[str, Any]:
    return {
        "period": str(month.month),
        "amount": month.amount,
        "protected": month.protected,
        "workers": [{"worker": s.worker, "programme": s.programme, "amount": s.amount} for s in month.shares],
        "debits": [
            {
                "reference": debit.reference,
                "state": debit.state,
                "day": debit.day.isoformat(),
                "amount": debit.amount,
                "gone": debit.gone,
            }
            for debit in month.debits
        ],
    }


def _page(donor: Donor, parts: list[Part], months: list[OwnMonth], now: datetime) -> dict[str, Any]:
    return {
        "city": city(),
        "made": f"{indonesian_date(now)}, {wib(now)}",
        "parts": [shown(part) for part in parts],
        "months": [
            {
                "label": month.month.label(),
                "amount": rupiah(month.amount),
                "debits": [(indonesian_date(d.day), rupiah(d.amount), d.reference) for d in month.debits],
            }
            for month in months
        ],
        "messages": messages_to(donor),
        "openings": [(f"{indonesian_date(o.at)}, {wib(o.at)}", o.what, o.who) for o in openings(donor)],
    }


def _papers(donor: Donor, now: datetime) -> Iterator[tuple[str, bytes]]:
    """(name in the archive, bytes) of the printed mandates and of what was handed in; each opening is journalled."""
    for mandate in Mandate.objects.filter(lineage__donor=donor, erased_at=None).select_related("pdf"):
        yield from _opened(
            mandate.pdf, f"surat-kuasa/{slugify(mandate.number.replace('/', '-'))}.pdf", donor, now
        )
    papers = RegistrationPaper.objects.filter(registration__donor=donor, document__purged_at=None)
    for number, paper in enumerate(papers.select_related("document"), start=1):
        suffix = "pdf" if paper.document.content_type == "application/pdf" else "jpg"
        yield from _opened(paper.document, f"berkas/{number:02d}-{slugify(paper.kind)}.{suffix}", donor, now)


def _opened(document: Document, name: str, donor: Donor, now: datetime) -> Iterator[tuple[str, bytes]]:
    try:
        yield name, documents.open_document(document=document, by=donor, now=now)
    except documents.PaperDamaged:
        return
