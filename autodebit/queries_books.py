"""Reading the month's money: entries, what the statement explains of them, what is still unexplained."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Abs, Coalesce

from autodebit.models import (
    Allocation,
    Attempt,
    BankProfile,
    Batch,
    Entry,
    FollowUp,
    MonthClosing,
    Obligation,
    Refund,
    Remittance,
    StatementLine,
)
from autodebit.rules.books import Books, Kind, why_not_close
from autodebit.rules.lifecycle import ENDED_BATCH
from registry.rules.finding import Finding

# Moves of a batch that the bank books as sums; its other kinds belong to the month as a whole.
OF_A_BATCH = (Kind.COLLECTED, Kind.RETURNED, Kind.FEE)
_WAITING = ("sent", "unknown")
# What a closing saw ends with these rows: whatever came later came after it, also within the same second.
LAST = {Entry: "last_entry", Allocation: "last_allocation"}


@dataclass(frozen=True)
class MonthState:
    """What closing asks about a month besides its sums."""

    batches: int
    batches_open: int
    unbuilt: int
    follow_ups: int
    unanswered: int
    planned: int
    refunds: int
    confirmed: bool

    @property
    def undecided(self) -> int:
        return self.unanswered + self.planned + self.refunds


def closing_of(profile: BankProfile, period: str) -> MonthClosing | None:
    return MonthClosing.objects.filter(profile=profile, period=period).select_related("by").first()


def is_remitted(profile_id: str, period: str) -> bool:
    """Whether a payment to BPJS stands for the month: from then on what goes back leaves a hole in the account."""
    return Remittance.objects.filter(profile_id=profile_id, period=period, withdrawn_at=None).exists()


def books_of(profile: BankProfile, period: str, closing: MonthClosing | None = None) -> Books:
    """The sums of one month, in whole rupiah; `closing` reads what that closing of the month saw.

    Suspense belongs to the account and to no month, so every unexplained booking counts for every open month.
    """
    entries = _of_month(Entry, profile, period, closing)
    sums = entries.aggregate(
        collected=_sum("collected"),
        returned_before=_sum("returned", after_remittance=False),
        returned_after=_sum("returned", after_remittance=True),
        refunded=_sum("refunded", after_remittance=False),
        refunded_after=_sum("refunded", after_remittance=True),
        fees=_sum("fee"),
        topped_up=_sum("top_up"),
        remitted=_sum("remitted"),
    )
    gained = ("collected", "topped_up")
    figures = {name: value if name in gained else -value for name, value in sums.items()}
    explained = in_bank(profile, period, closing)
    if figures["returned_after"]:
        # What a donor pays again after BPJS was paid fills the hole; it is not paid to BPJS a second time.
        again = _collected_again(entries)
        figures["collected"] -= again
        figures["topped_up"] += again
        explained[Kind.COLLECTED] = explained.get(Kind.COLLECTED, 0) - again
        explained[Kind.TOP_UP] = explained.get(Kind.TOP_UP, 0) + again
    receivables_open, written_off = _claims(profile, period)
    return Books(
        **figures,
        receivables_open=receivables_open,
        written_off=written_off,
        in_bank=explained,
        unexplained=suspense_of(profile),
    )


def _collected_again(entries: QuerySet[Entry]) -> int:
    """Rupiah collected by a later line of an obligation whose money went back after the payment to BPJS."""
    gone = Entry.objects.filter(
        kind="returned",
        after_remittance=True,
        attempt__obligation=OuterRef("attempt__obligation"),
        attempt__number__lt=OuterRef("attempt__number"),
    )
    return _total(entries.filter(Exists(gone), kind="collected"))


def _claims(profile: BankProfile, period: str) -> tuple[int, int]:
    """(open, given up) in rupiah. A claim to be collected again stays open until that succeeds or is given up."""
    later = Entry.objects.filter(
        kind="collected",
        attempt__obligation=OuterRef("attempt__obligation"),
        attempt__number__gt=OuterRef("attempt__number"),
    )
    claims = FollowUp.objects.filter(profile=profile, period=period, kind="receivable")
    waiting = claims.filter(~Exists(later), outcome="collect_again")
    over = Q(attempt__obligation__state="written_off")
    return (
        _total(claims.filter(state="open")) + _total(waiting.exclude(over)),
        _total(claims.filter(outcome="written_off")) + _total(waiting.filter(over)),
    )


def in_bank(profile: BankProfile, period: str, closing: MonthClosing | None = None) -> dict[Kind, int]:
    """What the statement explains of the month, by kind, without sign as the books have it."""
    rows = _of_month(Allocation, profile, period, closing).values_list("kind").annotate(total=Sum("amount"))
    signs = {Kind.COLLECTED: 1, Kind.TOP_UP: 1}
    return {Kind(kind): signs.get(Kind(kind), -1) * int(total) for kind, total in rows.order_by()}


def unexplained_lines(*profiles: BankProfile) -> QuerySet[StatementLine]:
    """Bookings with something left to explain, as `left` (signed rupiah), oldest first."""
    lines = StatementLine.objects.filter(profile__in=profiles)
    left = F("amount") - Coalesce(Sum("allocations__amount"), 0)
    return lines.annotate(left=left).exclude(left=0).order_by("booked_on", "id")


def suspense_of(*profiles: BankProfile) -> int:
    """Rupiah of bookings nobody has explained, each without its sign, so that two never hide each other."""
    return int(unexplained_lines(*profiles).aggregate(total=Coalesce(Sum(Abs(F("left"))), 0))["total"])


def left_of(line: StatementLine) -> int:
    """What is still to be explained of one booking, signed rupiah."""
    explained = line.allocations.aggregate(total=Coalesce(Sum("amount"), 0))["total"]
    return line.amount - int(explained)


def by_kind_of_batch(batch_ids: Iterable) -> dict[tuple, tuple[int, int]]:
    """(batch id, kind) -> (entries, explained by the statement), both signed, for the kinds a batch answers for."""
    ids, found = list(batch_ids), {}
    for place, model in enumerate((Entry, Allocation)):
        rows = model.objects.filter(batch__in=ids, kind__in=OF_A_BATCH)
        for batch_id, kind, total in (
            rows.order_by().values_list("batch_id", "kind").annotate(t=Sum("amount"))
        ):
            found.setdefault((batch_id, Kind(kind)), [0, 0])[place] = int(total)
    return {key: (sums[0], sums[1]) for key, sums in found.items()}


def agrees_with_bank(batch: Batch) -> bool:
    """Whether each kind of the batch's money is explained by the statement to the rupiah."""
    return all(entries == explained for entries, explained in by_kind_of_batch([batch.pk]).values())


def has_unanswered(batch: Batch) -> bool:
    return batch.attempts.filter(revision=batch.revision, state__in=_WAITING).exists()


def standing_batches(profile: BankProfile, period: str) -> QuerySet[Batch]:
    return (
        Batch.objects.filter(profile=profile, period=period).exclude(state__in=ENDED_BATCH).order_by("wave")
    )


def state_of_month(profile: BankProfile, period: str) -> MonthState:
    batches = list(standing_batches(profile, period))
    settled = [batch for batch in batches if batch.state in ("reconciled", "closed")]
    sums = by_kind_of_batch(batch.pk for batch in settled)
    differing = {batch_id for (batch_id, _), (entries, explained) in sums.items() if entries != explained}
    attempts = Attempt.objects.filter(batch__profile=profile, batch__period=period)
    return MonthState(
        batches=len(batches),
        batches_open=len(batches) - len(settled) + len(differing),
        unbuilt=sum(batch.state == "open" for batch in batches),
        # A claim on a donor is shown with its sum and does not hold the month up.
        follow_ups=FollowUp.objects.filter(profile=profile, period=period, state="open")
        .exclude(kind="receivable")
        .count(),
        unanswered=attempts.filter(state__in=_WAITING).count(),
        planned=obligations_of(profile, period).filter(state="planned").count(),
        refunds=Refund.objects.filter(
            attempt__batch__profile=profile,
            attempt__batch__period=period,
            # What the bank has taken back meanwhile is not paid any more.
            attempt__state="succeeded",
            state__in=("requested", "approved"),
        ).count(),
        confirmed=_all_confirmed(profile, period),
    )


def obligations_of(profile: BankProfile, period: str) -> QuerySet[Obligation]:
    """What the donors of this bank owe for the month."""
    return Obligation.objects.filter(period=period, mandate__bank_id=profile.pk)


def missing_for_closing(books: Books, state: MonthState, *, window_over: bool) -> tuple[Finding, ...]:
    """What stands between the month and its closing. What was never collected, and a wave that was never built, wait
    only while the month can still be collected."""
    if not state.batches:
        return (Finding("no_batch", "Bulan ini belum punya kumpulan potongan."),)
    planned = 0 if window_over else state.planned
    found = list(
        why_not_close(
            books,
            batches_open=state.batches_open - (state.unbuilt if window_over else 0),
            undecided=state.unanswered,
            follow_ups=state.follow_ups,
            confirmed=state.confirmed,
        )
    )
    if planned:
        found.append(
            Finding("planned", f"{planned} kewajiban bulan ini belum ditagih dan masih dapat ditagih.")
        )
    if state.refunds:
        found.append(Finding("refunds", f"{state.refunds} pengembalian dana belum selesai."))
    return tuple(found)


def figures_of(profile: BankProfile, period: str, books: Books) -> dict:
    """The figures that a closing fixes: plain numbers, the same whenever they are read again at that moment."""
    sums = {name: value for name, value in asdict(books).items() if name != "in_bank"}
    states = obligations_of(profile, period).order_by().values_list("state").annotate(n=Sum("amount"))
    return {
        "profile": profile.pk,
        "period": period,
        **sums,
        "in_bank": {str(kind): books.in_bank.get(kind, 0) for kind in books.entries()},
        "to_remit": books.to_remit,
        "balance": books.balance,
        **{name: _last(model, profile, period) for model, name in LAST.items()},
        "obligations": {state: int(total) for state, total in sorted(states)},
    }


def _all_confirmed(profile: BankProfile, period: str) -> bool:
    standing = Remittance.objects.filter(profile=profile, period=period, withdrawn_at=None)
    return standing.exists() and not standing.filter(confirmed_on=None).exists()


def _of_month(model, profile: BankProfile, period: str, closing: MonthClosing | None) -> QuerySet:
    rows = model.objects.filter(profile=profile, period=period)
    return rows if closing is None else rows.filter(pk__lte=closing.figures[LAST[model]])


def _last(model, profile: BankProfile, period: str) -> int:
    return _of_month(model, profile, period, None).aggregate(last=Max("pk"))["last"] or 0


def _sum(kind: str, **more) -> Coalesce:
    return Coalesce(Sum("amount", filter=Q(kind=kind, **more)), 0)


def _total(rows: QuerySet) -> int:
    return int(rows.aggregate(total=Coalesce(Sum("amount"), 0))["total"])
