"""A donor's months in words: one entry of the timeline each, and one row of the list of debits."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from autodebit import labels_own
from autodebit.queries_own import OwnDebit, OwnMonth
from autodebit.rules.own_month import Standing
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import JAKARTA, Calendar, indonesian_date
from sponsorship.wizard.own_timeline import Happening

NOON = 12


@dataclass(frozen=True)
class Year:
    """One year of the timeline, newest entry first. `open`: shown without a click."""

    year: int
    entries: tuple[dict[str, Any], ...]
    open: bool


def timeline(happenings: Sequence[Happening], months: Sequence[OwnMonth], office: Calendar) -> list[Year]:
    """The past by year, the latest year and the latest entry first; years before the latest are folded."""
    entries = [*happenings, *(entry for month in months if (entry := happening_of(month, office)))]
    # Turned round, not sorted backwards: what happened at the same moment is newest first as well.
    ordered = sorted(entries, key=lambda entry: entry.at)[::-1]
    years = [(year, tuple(asdict(entry) for entry in group)) for year, group in groupby(ordered, key=_year)]
    return [Year(year, group, place == 0) for place, (year, group) in enumerate(years)]


def _year(entry: Happening) -> int:
    return entry.at.astimezone(JAKARTA).year


def happening_of(month: OwnMonth, office: Calendar) -> Happening | None:
    """One entry for the whole month, however often it was tried; None while it is only planned."""
    if month.standing == Standing.PLANNED:
        return None
    label, tone = labels_own.STANDING[month.standing]
    name = month.month.label()
    if month.last is None:
        return Happening(
            month.planned_at,
            f"{label}: {name}",
            tone,
            when=indonesian_date(month.planned_at),
            text=explained(month),
        )
    day = month.last.day
    titles = {
        Standing.COLLECTED: f"Dipotong untuk {name}",
        Standing.REMITTED: f"Dipotong untuk {name}",
        Standing.PROTECTED: f"Terlindungi: {name}",
    }
    return Happening(
        at=_at(office, month),
        title=titles.get(month.standing, f"{label}: {name}"),
        tone="good" if month.standing in titles else tone,
        when=indonesian_date(day),
        text=" ".join(part for part in (f"{rupiah(month.last.amount)}.", explained(month)) if part),
    )


def _at(office: Calendar, month: OwnMonth) -> datetime:
    return office.at(month.last.day, NOON) if month.last else month.planned_at


def explained(month: OwnMonth) -> str:
    """What happened and what to do, in whole sentences."""
    if month.standing == Standing.SKIPPED:
        return labels_own.SKIPPED_FOR.get(month.skipped_for, labels_own.SKIPPED_OTHERWISE)
    if month.standing == Standing.PROTECTED and month.confirmed_on:
        return f"Dikonfirmasi BPJS Ketenagakerjaan {indonesian_date(month.confirmed_on)}."
    told = []
    if month.standing in (Standing.TRY_AGAIN, Standing.FAILED, Standing.NOT_ASKED, Standing.RETURNED):
        told += words_of_bank(month.last) if month.last else []
    told.append(labels_own.WHAT_NOW[month.standing])
    if month.protected:
        told.append(labels_own.STILL_PROTECTED)
    return " ".join(part for part in told if part)


def words_of_bank(debit: OwnDebit) -> list[str]:
    """The bank's reason and what the donor does about it; nothing when there is none to give."""
    if not debit.why:
        return [labels_own.NO_REASON_FROM_BANK] if debit.state == "failed" else []
    return [f"Alasan bank: {debit.why.rstrip('.').lower()}.", debit.what_to_do]


def row_of(month: OwnMonth) -> dict[str, Any]:
    """A month for the list of debits."""
    label, tone = labels_own.STANDING[month.standing]
    return {
        "month": month.month.label(),
        "amount": rupiah(month.last.amount if month.last else month.amount),
        "label": label,
        "tone": tone,
        "day": indonesian_date(month.last.day) if month.last else "",
        "text": explained(month),
        "shares": [
            {"worker": share.worker, "programme": share.programme, "amount": rupiah(share.amount)}
            for share in month.shares
        ],
        "reference": month.last.reference if month.last else "",
        "receipts": [debit.reference for debit in month.debits if debit.collected],
    }
