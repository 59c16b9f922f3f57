"""What a booking on the account may have been for: proposals for a person, who decides."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from uuid import UUID

from django.db.models import Sum

from autodebit.models import Allocation, Attempt, BankFile, Batch, Entry, MonthClosing, StatementLine
from autodebit.queries_books import books_of, by_kind_of_batch, left_of
from autodebit.rules.books import Kind
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month

# More than this share of a collection is no bank's fee, so no such pair is proposed.
_LARGEST_FEE_PERCENT = 10
_MOST = 6
_FEE_WORDS = ("BIAYA", "ADM", "FEE", "CHARGE", "PROVISI")


@dataclass(frozen=True)
class Proposed:
    """One part as `autodebit.actions.books.Part` wants it; amounts are signed rupiah."""

    period: str
    kind: Kind
    batch_id: UUID | None
    amount: int


@dataclass(frozen=True)
class Suggestion:
    """`why` is an Indonesian phrase; the parts add up to what is left of the booking."""

    why: str
    parts: tuple[Proposed, ...]


def suggest(line: StatementLine) -> list[Suggestion]:
    """The likeliest first: by our reference, then by exact sums. Empty when nothing fits to the rupiah."""
    left = left_of(line)
    if not left:
        return []
    found: list[Suggestion] = []
    for suggestion in (*_by_reference(line, left), *_by_sums(line, left)):
        if suggestion.parts not in [known.parts for known in found]:
            found.append(suggestion)
    return found[:_MOST]


def _by_reference(line: StatementLine, left: int) -> Iterator[Suggestion]:
    if not line.our_reference:
        return
    file = (
        BankFile.objects.filter(message_id=line.our_reference, batch__profile=line.profile)
        .select_related("batch")
        .first()
    )
    if file is not None and left > 0:
        yield from _as_collection([file.batch], left, "Rujukan berkas kami", any_fee=True)
    attempt = (
        Attempt.objects.filter(reference=line.our_reference, batch__profile=line.profile)
        .select_related("batch")
        .first()
    )
    if attempt is not None and abs(left) == attempt.amount:
        kind = Kind.COLLECTED if left > 0 else Kind.RETURNED
        yield Suggestion(
            "Rujukan baris potongan kami", (Proposed(attempt.batch.period, kind, attempt.batch_id, left),)
        )


def _by_sums(line: StatementLine, left: int) -> Iterator[Suggestion]:
    batches = _open_batches(line)
    if left > 0:
        yield from _as_collection(batches, left, "Jumlahnya tepat")
        yield from _several_waves(batches, left)
        yield from _as_top_up(line, batches, left)
    else:
        yield from _as_outflow(line, batches, left)


def _as_collection(batches: list[Batch], left: int, why: str, any_fee: bool = False) -> Iterator[Suggestion]:
    """The credit of one batch: gross, or with the bank's fee kept back."""
    for batch, due in _outstanding(batches, Kind.COLLECTED):
        if due == left:
            yield Suggestion(f"{why}: {_name(batch)}", (_part(batch, Kind.COLLECTED, due),))
        fee = due - left
        if fee > 0 and (any_fee or fee * 100 <= due * _LARGEST_FEE_PERCENT):
            yield Suggestion(
                f"{_name(batch)}, dipotong biaya bank {rupiah(fee)}",
                (_part(batch, Kind.COLLECTED, due), _part(batch, Kind.FEE, -fee)),
            )


def _several_waves(batches: list[Batch], left: int) -> Iterator[Suggestion]:
    """One credit for two or three waves."""
    due = list(_outstanding(batches, Kind.COLLECTED))
    for number in (2, 3):
        for group in combinations(due, number):
            if sum(amount for _, amount in group) == left:
                names = ", ".join(_name(batch) for batch, _ in group)
                yield Suggestion(
                    f"Jumlah beberapa kumpulan: {names}",
                    tuple(_part(batch, Kind.COLLECTED, amount) for batch, amount in group),
                )


def _as_top_up(line: StatementLine, batches: list[Batch], left: int) -> Iterator[Suggestion]:
    for period in _periods(batches):
        if books_of(line.profile, period).fees_uncovered == left:
            yield Suggestion(
                f"Penggantian biaya bank {Month.parse(period).label()}",
                (Proposed(period, Kind.TOP_UP, None, left),),
            )


def _as_outflow(line: StatementLine, batches: list[Batch], left: int) -> Iterator[Suggestion]:
    """A payment to BPJS, money that the bank or we gave back, or a fee."""
    for period in _periods(batches):
        for kind, why in ((Kind.REMITTED, "Setoran ke BPJS"), (Kind.REFUNDED, "Pengembalian dana")):
            if _unexplained_entries(line, period, kind) == left:
                yield Suggestion(
                    f"{why} {Month.parse(period).label()}", (Proposed(period, kind, None, left),)
                )
    for batch, due in _outstanding(batches, Kind.RETURNED):
        if due == left or (due < left and batch.entries.filter(kind=Kind.RETURNED, amount=left).exists()):
            yield Suggestion(f"Ditarik kembali bank: {_name(batch)}", (_part(batch, Kind.RETURNED, left),))
    if batches and any(word in line.text.upper() for word in _FEE_WORDS):
        yield Suggestion(f"Biaya bank: {_name(batches[0])}", (_part(batches[0], Kind.FEE, left),))


def _open_batches(line: StatementLine) -> list[Batch]:
    """Batches the bank has, newest first; of closed months too, because money still goes back there."""
    states = ("delivered", "reconciled", "closed")
    return list(
        Batch.objects.filter(profile=line.profile, state__in=states).order_by("-period", "-wave")[:24]
    )


def _outstanding(batches: list[Batch], kind: Kind) -> Iterator[tuple[Batch, int]]:
    """What the books have and the statement has not explained yet, signed, where there is any."""
    sums = by_kind_of_batch(batch.pk for batch in batches)
    for batch in batches:
        entries, explained = sums.get((batch.pk, kind), (0, 0))
        if entries != explained:
            yield batch, entries - explained


def _unexplained_entries(line: StatementLine, period: str, kind: Kind) -> int:
    of_kind = {"profile": line.profile, "period": period, "kind": kind}
    sums = [
        model.objects.filter(**of_kind).aggregate(t=Sum("amount"))["t"] or 0 for model in (Entry, Allocation)
    ]
    return int(sums[0] - sums[1])


def _periods(batches: list[Batch]) -> list[str]:
    """Months that are not closed, newest first, then closed ones."""
    periods = sorted({batch.period for batch in batches}, reverse=True)
    closed = set(MonthClosing.objects.filter(period__in=periods).values_list("period", flat=True))
    return [*(p for p in periods if p not in closed), *(p for p in periods if p in closed)]


def _part(batch: Batch, kind: Kind, amount: int) -> Proposed:
    return Proposed(batch.period, kind, batch.pk, amount)


def _name(batch: Batch) -> str:
    return f"{Month.parse(batch.period).label()} gelombang {batch.wave}"
