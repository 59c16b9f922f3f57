"""What an audit pack of a batch tells, as rows and plain values. Streams: 170,000 lines are normal."""

import json
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Sum

from autodebit.models import BankProfile, Batch, Entry, HandAnswer, ResultFile, ResultLine
from autodebit.queries import history_of, lines_of
from autodebit.queries_difference import all_lines
from autodebit.verify_pack import (
    ALLOCATIONS,
    APPROVALS,
    DIFFERENCE,
    ENTRIES,
    HAND_ANSWERS,
    JOURNAL,
    LINES,
    MANDATES,
    RESULT_LINES,
)
from sponsorship.models import RegistrationPaper

_AT_ONCE = 2_000
_READ = ("previewed", "applied")


def tables_of(batch: Batch, members: dict) -> dict[str, Iterator[tuple]]:
    """Name of the member -> its rows, in the order of verify_pack.TITLES. `members`: result file id -> its name."""
    return {
        LINES: _lines(batch),
        MANDATES: _mandates(batch),
        APPROVALS: _approvals(batch),
        RESULT_LINES: _result_lines(batch, members),
        HAND_ANSWERS: _hand_answers(batch),
        ENTRIES: _entries(batch),
        ALLOCATIONS: _allocations(batch),
        JOURNAL: _journal(batch),
        DIFFERENCE: _difference(batch),
    }


def results_of(batch: Batch) -> QuerySet[ResultFile]:
    """The bank's answers to this batch, and those to later ones that took a debit of it back."""
    theirs = ResultLine.objects.filter(attempt__batch=batch, verdict="applies", file__state="applied")
    return ResultFile.objects.filter(Q(batch=batch) | Q(pk__in=theirs.values("file_id"))).order_by(
        "received_at", "pk"
    )


def states_of(batch: Batch) -> dict[str, dict[str, int]]:
    rows = lines_of(batch).order_by().values_list("state").annotate(n=Count("pk"), t=Sum("amount"))
    return {state: {"count": count, "total": int(total)} for state, count, total in sorted(rows)}


def totals_of(batch: Batch) -> dict[str, dict[str, int]]:
    """{entries: {kind: rupiah}, allocations: ...}, signed, of everything that names the batch."""
    return {
        name: {
            kind: int(t) for kind, t in sorted(rows.order_by().values_list("kind").annotate(t=Sum("amount")))
        }
        for name, rows in (("entries", batch.entries), ("allocations", batch.allocations))
    }


def table_of(profile: BankProfile, format: str, revision: Any = None) -> dict[str, Any]:
    """How a sealed file shows reference and amount, so that it can be read again without this product.

    `revision`: the profile as it was when the file was sealed.
    """
    layouts = revision.content.get("layouts", profile.layouts) if revision else profile.layouts
    layout = layouts.get(format) or profile.layouts[format]
    if format == "pain008":
        return {"kind": "pain008"}
    columns = layout["columns"]
    places = [column.get("source") for column in columns]
    front = bool(layout.get("opening")) + bool(format != "fixed_width" and layout.get("titles"))
    table = {"front": front, "back": int(bool(layout.get("trailer"))), **layout["amount"]}
    reference, amount = places.index("reference"), places.index("amount")
    if format == "fixed_width":
        ends = list(accumulate(column["width"] for column in columns))
        spans = {n: [ends[n] - columns[n]["width"], ends[n]] for n in (reference, amount)}
        how = {"kind": "fixed", "encoding": layout["encoding"], "line_end": layout["line_end"]}
        return {**how, **table, "reference": spans[reference], "amount": spans[amount]}
    if format == "xlsx":
        return {"kind": "sheet", **table, "reference": reference, "amount": amount}
    how = {key: layout[key] for key in ("encoding", "delimiter", "quoting")}
    return {"kind": "delimited", **how, **table, "reference": reference, "amount": amount}


def _lines(batch: Batch) -> Iterator[tuple]:
    columns = ("reference", "amount", "state", "code", "opd__code", "number")
    yield from lines_of(batch).values_list(*columns).iterator(chunk_size=_AT_ONCE)


def _mandates(batch: Batch) -> Iterator[tuple]:
    signed = RegistrationPaper.objects.filter(
        registration=OuterRef("mandate__registration"), kind="signed_mandate", set_aside_at=None
    ).order_by("position")
    rows = (
        lines_of(batch)
        .annotate(signed=ArraySubquery(signed.values("document__sha256")))
        .values_list(
            "reference",
            "mandate_number",
            "mandate__version",
            "mandate__text_version",
            "mandate__pdf_sha256",
            "signed_on",
            "mandate__signing_method",
            "mandate__verified_at",
            "signed",
        )
    )
    for *row, papers in rows.iterator(chunk_size=_AT_ONCE):
        yield (*row, " ".join(papers))


def _approvals(batch: Batch) -> Iterator[tuple]:
    for row in batch.approvals.select_related("by"):
        yield row.revision, row.slot, row.by.username, row.at, row.content_hash


def _result_lines(batch: Batch, members: dict) -> Iterator[tuple]:
    for file in results_of(batch):
        if file.state not in _READ:
            continue
        rows = file.lines.values_list("number", "reference", "outcome", "code", "amount", "verdict")
        for row in rows.iterator(chunk_size=_AT_ONCE):
            yield (members[file.pk], *row)


def _hand_answers(batch: Batch) -> Iterator[tuple]:
    rows = HandAnswer.objects.filter(attempt__batch=batch).select_related("attempt", "evidence", "by")
    for row in rows.order_by("pk").iterator(chunk_size=_AT_ONCE):
        proof = row.evidence.sha256 if row.evidence else ""
        yield row.attempt.reference, row.outcome, row.code, row.reason, proof, row.by.username, row.at


def _entries(batch: Batch) -> Iterator[tuple]:
    rows: QuerySet[Entry] = batch.entries.order_by("pk")
    columns = ("kind", "amount", "attempt__reference", "after_remittance", "at", "by__username", "note")
    yield from rows.values_list(*columns).iterator(chunk_size=_AT_ONCE)


def _allocations(batch: Batch) -> Iterator[tuple]:
    yield from batch.allocations.order_by("pk").values_list(
        "line__booked_on",
        "line__amount",
        "line__bank_reference",
        "line__our_reference",
        "line__text",
        "kind",
        "amount",
        "reason",
        "by__username",
        "at",
        "line__statement__sha256",
    )


def _journal(batch: Batch) -> Iterator[tuple]:
    for event in history_of(batch):
        who = event.actor_user.username if event.actor_user else event.actor_kind
        yield event.at, event.event, who, json.dumps(event.detail, ensure_ascii=False, sort_keys=True)


def _difference(batch: Batch) -> Iterator[tuple]:
    for line in all_lines(batch):
        reasons = " ".join(line.reasons)
        yield line.kind, reasons, line.reference, line.mandate_number, line.office, line.before, line.after
