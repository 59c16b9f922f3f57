"""Pausing a promise and going on with it. What is due is decided by the months that are written down, not by the state:
a task that runs late harms nobody, and a month that was cut before keeps its line."""

from datetime import datetime

from django.db import transaction

from registry.actions.audit import SYSTEM, Actor
from registry.actions.moves import move
from registry.models import Donor
from registry.rules.finding import Finding
from sponsorship import queries, queries_promise
from sponsorship.actions.changes import NOT_YOURS, Promise, lock_promise, tell
from sponsorship.actions.ending import NOTHING_RUNS
from sponsorship.models import Sponsorship
from sponsorship.rules import pause as spans
from sponsorship.rules.lifecycle import SPONSORSHIP
from sponsorship.rules.months import Month

AT_ONCE = 500
OVER = Finding(
    "over",
    "Bulan terakhir surat kuasa Anda sudah ditutup, jadi tidak ada lagi iuran yang dapat dijeda atau dilanjutkan.",
)
TOO_SOON = Finding("too_soon", "Pilih bulan lanjut yang lebih kemudian dari bulan pertama jeda.", "until")


def pause(
    *, by: Donor, sponsorship_ids: list | None, until: Month | None, now: datetime
) -> list[Sponsorship] | Finding:
    """Nothing is debited for these workers (None: all) from the first open month until before `until` (None: until the
    donor goes on). A month that is closed keeps its line.

    Who is paused already gets the new end. Answers whose pause changed; the donor is told once about them all.
    """
    with transaction.atomic():
        promise = lock_promise(by, now)
        found = _chosen(promise, sponsorship_ids)
        if isinstance(found, Finding):
            return found
        first, end = str(promise.first), str(until) if until else ""
        if end and end <= first:
            return TOO_SOON
        changed = [each for each in found if _pause(each, spans.paused(_span(each), first, end), by, now)]
        if changed:
            words = {"until": until.label() if until else "", "until_before": _before(until)}
            tell(promise, "paused", changed, promise.first, now, **words)
        return changed


def resume(*, by: Donor, sponsorship_ids: list | None, now: datetime) -> list[Sponsorship] | Finding:
    """These workers (None: all that are paused) are debited again from the first open month; a pause that had not
    reached a month never was. Answers who went on; who was not paused is left as they are."""
    with transaction.atomic():
        promise = lock_promise(by, now)
        found = _chosen(promise, sponsorship_ids)
        if isinstance(found, Finding):
            return found
        resting = [each for each in found if each.state == "paused"]
        for each in resting:
            _go_on(each, spans.resumed(_span(each), str(promise.first)), by, now)
        if resting:
            tell(promise, "resumed", resting, promise.first, now)
        return resting


def resume_over(*, now: datetime) -> int:
    """Says of promises whose pause is over that they go on; answers how many."""
    current = str(Month.of(queries.calendar().local_date(now)))
    over = Sponsorship.objects.filter(state="paused").exclude(pause_until="")
    resumed = 0
    for pk in over.filter(pause_until__lte=current).order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
        with transaction.atomic():
            held = over.filter(pk=pk, pause_until__lte=current).select_for_update(skip_locked=True).first()
            if held:
                _go_on(held, _span(held), SYSTEM, now)
                resumed += 1
    return resumed


def _chosen(promise: Promise | None, sponsorship_ids: list | None) -> list[Sponsorship] | Finding:
    """The chosen promises, locked; one that is somebody else's refuses them all, and so does a last month behind us."""
    if promise is None:
        return NOTHING_RUNS
    if not queries_promise.pays(promise.mandate, promise.first):
        return OVER
    own = promise.lineage.sponsorships.select_for_update(of=("self",)).select_related("worker")
    found = list(own.filter(state__in=queries.GOING_ON).order_by("pk"))
    if sponsorship_ids is None:
        return found
    wanted = {str(each) for each in sponsorship_ids}
    chosen = [each for each in found if str(each.pk) in wanted]
    return chosen if len(chosen) == len(wanted) else NOT_YOURS


def _pause(sponsorship: Sponsorship, span: tuple[str, str], by: Donor, now: datetime) -> bool:
    if sponsorship.state == "paused":
        if span == _span(sponsorship):
            return False
        # The journal keeps both: that the former pause was left, and the new one with its months.
        _go_on(sponsorship, _span(sponsorship), by, now)
    move(
        row=sponsorship,
        along=SPONSORSHIP,
        event="pause",
        by=by,
        now=now,
        also={"pause_from": span[0], "pause_until": span[1]},
        **_as_months(span),
    )
    return True


def _go_on(sponsorship: Sponsorship, span: tuple[str, str], by: Actor, now: datetime) -> None:
    event = "resume" if sponsorship.active_since else "wait_again"
    also = {"pause_from": span[0], "pause_until": span[1]}
    move(row=sponsorship, along=SPONSORSHIP, event=event, by=by, now=now, also=also, **_as_months(span))


def _as_months(span: tuple[str, str]) -> dict[str, str]:
    return {"from_month": span[0], "until_month": span[1]}


def _span(sponsorship: Sponsorship) -> tuple[str, str]:
    return sponsorship.pause_from, sponsorship.pause_until


def _before(until: Month | None) -> str:
    return until.previous().label() if until else ""
