"""The workers of a donor, and how far the cover of each has come, in three steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from autodebit.queries_own import OwnMonth
from autodebit.rules.cover import FULL_AFTER, Cover, Standing
from sponsorship.models import Sponsorship
from sponsorship.rules.lifecycle import SPONSORSHIP
from sponsorship.rules.months import indonesian_date

# Promises that collect no further month than the one they end with.
LEAVING = ("ending", "ended", "superseded")
NOTHING_YET = Cover(Standing.NOTHING_YET)


@dataclass(frozen=True)
class WorkerRow:
    """`steps`: True for each confirmed month on the way to the full death benefit that is done; empty before the first
    debit could be. `warning`: what a missed debit endangers."""

    name: str
    programme: str
    label: str
    tone: str
    since: str
    collected: int
    steps: tuple[bool, ...]
    text: str
    warning: str


def worker_rows(
    sponsorships: Sequence[Sponsorship], covers: Mapping[UUID, Cover], months: Sequence[OwnMonth]
) -> list[WorkerRow]:
    """One row for each of these sponsorships, in their order."""
    collected: dict[UUID, int] = {}
    for month in months:
        for share in month.shares if month.kept else ():
            collected[share.sponsorship_id] = collected.get(share.sponsorship_id, 0) + 1
    return [_row(row, covers.get(row.pk, NOTHING_YET), collected.get(row.pk, 0)) for row in sponsorships]


def warnings_of(rows: Sequence[WorkerRow]) -> list[dict[str, str]]:
    """{title, text}: one for all workers whom the same missed months endanger."""
    names: dict[str, list[str]] = {}
    for row in rows:
        if row.warning:
            names.setdefault(row.warning, []).append(row.name)
    return [{"title": ", ".join(who), "text": text} for text, who in names.items()]


def _row(row: Sponsorship, cover: Cover, collected: int) -> WorkerRow:
    begun = row.state not in ("pending", "withdrawn", *LEAVING)
    return WorkerRow(
        name=row.worker.name or "Pekerja",
        programme=row.get_programme_display() or "Program belum dipilih",
        since=cover.since.label() if cover.since else "",
        collected=collected,
        steps=tuple(number < cover.steps_done for number in range(FULL_AFTER)) if begun else (),
        text=_text(cover) if begun else _what_was(row, cover),
        warning=_warning(cover),
        **_status(row, cover, collected),
    )


def _status(row: Sponsorship, cover: Cover, collected: int) -> dict[str, Any]:
    """The word for the worker: "Terlindungi" only while a confirmed month carries it (I19)."""
    if row.state == "active":
        if cover.standing == Standing.LAPSED:
            return {"label": "Perlindungan terhenti", "tone": "stop"}
        return {"label": "Terlindungi", "tone": "good"}
    if row.state == "ready" and collected and cover.standing == Standing.NOTHING_YET:
        return {"label": "Terpotong, menunggu konfirmasi BPJS", "tone": "wait"}
    state = SPONSORSHIP.state(row.state)
    return {"label": state.label, "tone": state.tone}


def _what_was(row: Sponsorship, cover: Cover) -> str:
    """Of a promise that goes no further: until when it was confirmed; nothing is promised any more."""
    return f"Dikonfirmasi sampai {_through(cover)}." if row.state in LEAVING and cover.paid_through else ""


def _text(cover: Cover) -> str:
    if cover.standing == Standing.NOTHING_YET:
        return f"Santunan kematian penuh sesudah {FULL_AFTER} bulan berturut-turut dikonfirmasi BPJS."
    if cover.standing == Standing.LAPSED:
        return f"Bulan terakhir yang dikonfirmasi {_through(cover)}. Bulan berikutnya memulai hitungan dari awal."
    if cover.standing == Standing.FULL:
        return f"Santunan kematian penuh. Dikonfirmasi sampai {_through(cover)}."
    return (
        f"{cover.to_full} bulan lagi sampai santunan kematian penuh; sebelum itu hanya biaya pemakaman. "
        f"Dikonfirmasi sampai {_through(cover)}."
    )


def _warning(cover: Cover) -> str:
    if not cover.endangered or cover.last_day is None:
        return ""
    missed = ", ".join(month.label() for month in cover.missed)
    lost = "" if cover.standing == Standing.FULL else " Hitungan tiga bulan mulai lagi dari awal."
    return (
        f"Tidak ada iuran untuk {missed}.{lost} Bila tidak ada iuran lagi, perlindungan berhenti sesudah "
        f"{indonesian_date(cover.last_day)}."
    )


def _through(cover: Cover) -> str:
    return cover.paid_through.label() if cover.paid_through else ""
