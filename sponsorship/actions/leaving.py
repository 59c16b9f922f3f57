"""A donor leaves: for another office, for retirement, or before the first debit, without leaving data behind."""

from datetime import date, datetime, timedelta

from django.db import transaction

from registry.actions import audit, messages
from registry.actions.audit import SYSTEM
from registry.actions.messages import Saying
from registry.actions.moves import move
from registry.models import Donor, Message, Opd
from registry.queries import city
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.identity import parse_nip
from sponsorship import queries
from sponsorship.actions import ending, erasure
from sponsorship.actions.changes import lock_promise
from sponsorship.actions.drafts import EDITABLE
from sponsorship.actions.registration import give_up, resume_url
from sponsorship.models import Mandate, MandateLineage, Registration
from sponsorship.rules.leaving import is_near, last_month_with_salary, reaches_age
from sponsorship.rules.lifecycle import LIVE_MANDATE, MANDATE, OPEN_REGISTRATION, REGISTRATION
from sponsorship.rules.months import Month, indonesian_date, indonesian_weekday_date, wib

SAME_OPD = Finding("same_opd", "Anda sudah tercatat di OPD itu.", "opd")
IN_CHECK = Finding(
    "in_check",
    "Ada berkas Anda yang sedang menunggu atau diperiksa OPD. Tunggu sampai selesai, atau batalkan dulu, lalu catat "
    "kepindahan Anda.",
    "opd",
)
TOO_FAR = Finding("too_far", "Tanggal itu terlalu jauh. Periksa lagi tahunnya.", "first_day")
UNDER_WAY = Finding(
    "under_way",
    "Bulan sesudahnya sudah ditutup, jadi pensiun tidak dapat lagi ditarik. Hubungi layanan bantuan.",
)
DEBITED = Finding(
    "debited",
    "Bulan pertama sudah ditutup, jadi pembatalan tanpa jejak tidak mungkin lagi. Anda tetap dapat berhenti.",
)
# A civil servant's whole working life: who writes a later day has mistyped the year.
FARTHEST = timedelta(days=366 * 45)
AT_ONCE = 500


def move_opd(*, by: Donor, opd: Opd, now: datetime) -> Donor | Finding:
    """Notes where the donor works now; the next month that is cut counts for that office.

    A draft that is open gets the new office as well (and so a new paper). Refused while an office has papers in hand:
    they were signed for the old one. Already there: a Finding.
    """
    with transaction.atomic():
        held = lock_promise(by, now)
        if held is None:
            return ending.NOTHING_RUNS
        lineage, mandate = held.lineage, held.mandate
        before = office_of(lineage, mandate)
        if before.pk == opd.pk:
            return SAME_OPD
        waiting = Registration.objects.filter(donor=by, state__in=OPEN_REGISTRATION)
        if any(registration.state not in EDITABLE for registration in waiting):
            return IN_CHECK
        waiting.update(opd=opd)
        Donor.objects.filter(pk=by.pk).update(opd=opd)
        MandateLineage.objects.filter(pk=lineage.pk).update(opd=opd)
        audit.record(
            event=Event.DONOR_MOVED,
            about=by,
            by=by,
            now=now,
            opd_id=opd.pk,
            before=before.code,
            after=opd.code,
        )
        office = queries.calendar()
        month = queries.first_open_month(now, office)
        _tell(
            "donor_moved",
            mandate,
            now,
            f"{opd.code}/{now:%Y-%m-%d %H:%M}",
            before=before.name,
            after=opd.name,
            month=month.label(),
        )
    by.refresh_from_db(fields=["opd"])
    return by


def office_of(lineage: MandateLineage, mandate: Mandate) -> Opd:
    """Where this donor's debits count: where they moved to, else the office that verified the paper."""
    return lineage.opd or mandate.registration.opd


def retire(*, by: Donor, first_day_without_salary: date, now: datetime) -> Mandate | Finding:
    """Notes the first day without salary: the last month is the last one whose payday lies before it, or the one that
    is cut already.

    Until the month after it is closed everything goes on as it is, and another date may be given. Then the promises
    are ending, and when the last month is over the mandate expires (`close_retired`).
    """
    with transaction.atomic():
        held = lock_promise(by, now)
        if held is None:
            return ending.NOTHING_RUNS
        mandate = held.mandate
        by.refresh_from_db(fields=["retires_on"])
        today = queries.calendar().local_date(now)
        if abs(first_day_without_salary - today) > FARTHEST:
            return TOO_FAR
        if by.retires_on and not may_take_back(mandate, now):
            return UNDER_WAY
        last = last_month_of(first_day_without_salary, now)
        Mandate.objects.filter(pk=mandate.pk).update(end_period=str(last))
        Donor.objects.filter(pk=by.pk).update(retires_on=first_day_without_salary)
        audit.record(
            event=Event.DONOR_RETIRES, about=by, by=by, now=now, first_day=first_day_without_salary.isoformat(),
            last=str(last),
        )  # fmt: skip
        mandate.refresh_from_db()
        _tell(
            "donor_retires",
            mandate,
            now,
            first_day_without_salary.isoformat(),
            first_day=indonesian_date(first_day_without_salary),
            last=last.label() if mandate.start_period <= str(last) else "",
            payday=indonesian_weekday_date(queries.calendar().payday(last)),
            until=_moment(take_back_until(mandate)) if may_take_back(mandate, now) else "",
        )
    by.refresh_from_db(fields=["retires_on"])
    return mandate


def last_month_of(first_day_without_salary: date, now: datetime) -> Month:
    """The last month that is debited when this is the first day without salary; a month that is cut stays."""
    office = queries.calendar()
    paid = last_month_with_salary(first_day_without_salary, office)
    return max(paid, queries.first_open_month(now, office).previous())


def may_take_back(mandate: Mandate, now: datetime) -> bool:
    """Whether the month after the last one is still open: until then a wrong date costs no month."""
    return _is_open_end(mandate, queries.first_open_month(now))


def take_back_until(mandate: Mandate) -> datetime:
    """The moment from which the last month stands: the cut-off of the month after it."""
    return queries.calendar().cutoff(Month.parse(mandate.end_period).next())


def stay(*, by: Donor, now: datetime) -> Mandate | Finding:
    """Takes a retirement back that was noted by mistake: the mandate has no last month any more."""
    with transaction.atomic():
        held = lock_promise(by, now)
        if held is None:
            return ending.NOTHING_RUNS
        mandate = held.mandate
        by.refresh_from_db(fields=["retires_on"])
        if by.retires_on is None:
            return mandate
        if not may_take_back(mandate, now):
            return UNDER_WAY
        Mandate.objects.filter(pk=mandate.pk).update(end_period="")
        Donor.objects.filter(pk=by.pk).update(retires_on=None)
        audit.record(event=Event.DONOR_RETIRES, about=by, by=by, now=now, first_day="", last="")
    mandate.refresh_from_db()
    by.refresh_from_db(fields=["retires_on"])
    return mandate


def close_retired(*, now: datetime) -> int:
    """The nightly round over mandates with a last month: when the month after it is closed the promises are ending,
    and when it is over the mandate expires with its lineage; answers how many expired."""
    closed = str(queries.first_open_month(now).previous())
    ending_ones = Mandate.objects.filter(state__in=LIVE_MANDATE, end_period__lt=closed).exclude(end_period="")
    expired = 0
    for pk in ending_ones.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
        with transaction.atomic():
            expired += _close_one(pk, now)
    return expired


def remind_retirement(*, now: datetime) -> int:
    """Asks those whose birthday at the city's retirement age is near whether they retire soon: once, a question only;
    answers how many."""
    today, age = queries.calendar().local_date(now), city().retirement_age
    live = Mandate.objects.filter(
        state__in=LIVE_MANDATE, end_period="", lineage__ended_at=None, lineage__donor__retires_on=None
    ).exclude(lineage__donor__nip_index="")
    told, after = 0, None
    while True:
        some = live.filter(pk__gt=after) if after else live
        mandates = list(some.select_related("lineage__donor", "registration").order_by("pk")[:AT_ONCE])
        if not mandates:
            return told
        told += _remind(
            [mandate for mandate in mandates if _is_near(mandate.lineage.donor, age, today)], age, now
        )
        after = mandates[-1].pk


def within_cooling_off(donor: Donor, now: datetime) -> bool:
    """Whether something runs for this donor of which no month was ever closed for changes: nothing was debited."""
    lineage = queries.live_lineage(donor.pk)
    if lineage is None or not lineage.mandates.filter(state__in=LIVE_MANDATE).exists():
        return False
    return not queries.ever_cut(lineage, ending.last_month(now))


def withdraw_in_cooling_off(*, by: Donor, now: datetime) -> Mandate | Finding:
    """Revokes before the first debit (KUHPerdata 1813, 1814) and erases what was typed and handed in for it.

    Number, dates, states and fingerprints stay. A registration that nobody checks right now goes with it; one in a
    verifier's hands stays. Nothing runs, or a month was closed: a Finding, and nothing is done.
    """
    with transaction.atomic():
        held = lock_promise(by, now)
        if held is None:
            return ending.NOTHING_RUNS
        if not within_cooling_off(by, now):
            return DEBITED
        for registration in Registration.objects.filter(donor=by, state__in=OPEN_REGISTRATION):
            if REGISTRATION.allows(registration.state, "withdraw"):
                give_up(registration, "withdraw", by, now)
        mandate = ending.end_lineage(held.lineage, by, now, event="cooling_off")
        if isinstance(mandate, Finding):
            return mandate
        for registration in Registration.objects.filter(donor=by, erased_at=None).order_by("started_at"):
            erasure.erase_registration(registration=registration, by=by, now=now)
        if not Registration.objects.filter(donor=by, erased_at=None).exists():
            erasure.erase_donor(donor=by, by=by, now=now)
    return mandate


def _close_one(pk, now: datetime) -> int:
    lineage_id = Mandate.objects.values_list("lineage_id", flat=True).get(pk=pk)
    # The lineage first, as everywhere: revoking and a new version wait here, and are seen afterwards.
    MandateLineage.objects.select_for_update(no_key=True).get(pk=lineage_id)
    mandate = Mandate.objects.select_for_update(of=("self",)).filter(pk=pk, state__in=LIVE_MANDATE).first()
    if mandate is None or not mandate.end_period or may_take_back(mandate, now):
        return 0
    return _wind_up(mandate, now)


def _wind_up(mandate: Mandate, now: datetime) -> int:
    """The promises under a last month that stands are ending; when it is over nothing is left. 1 when it expired."""
    last, lineage = mandate.end_period, mandate.lineage
    for sponsorship in lineage.sponsorships.select_for_update().filter(state__in=queries.GOING_ON):
        ending.end_sponsorship(sponsorship, last, SYSTEM, now)
    current = str(Month.of(queries.calendar().local_date(now)))
    if last >= current and mandate.start_period <= last:
        return 0
    # A paper that the bank never took has nothing to run out.
    event = "expire" if MANDATE.allows(mandate.state, "expire") else "cancel"
    move(row=mandate, along=MANDATE, event=event, by=SYSTEM, now=now, also={"ended_at": now})
    ending.close_lineage(lineage, SYSTEM, now)
    return 1


def _is_open_end(mandate: Mandate, first_open: Month) -> bool:
    return str(first_open.previous()) <= mandate.end_period


def _moment(at: datetime) -> str:
    return f"{indonesian_weekday_date(at)} pukul {wib(at)}"


def _is_near(donor: Donor, age: int, today: date) -> bool:
    nip = parse_nip(donor.nip, today=today).value
    return nip is not None and is_near(nip.birth_date, age, today)


def _remind(mandates: list[Mandate], age: int, now: datetime) -> int:
    told = set(
        Message.objects.filter(
            event="retirement_near", recipient__in=[str(mandate.lineage.donor_id) for mandate in mandates]
        ).values_list("recipient", flat=True)
    )
    today = queries.calendar().local_date(now)
    sayings = []
    for mandate in mandates:
        donor = mandate.lineage.donor
        if str(donor.pk) not in told:
            day = reaches_age(parse_nip(donor.nip, today=today).value.birth_date, age)
            values = {"name": donor.name, "link": resume_url(mandate.registration)}
            sayings.append(Saying(messages.donor_recipient(donor), values, occasion=day.isoformat()))
    return messages.queue_many(event="retirement_near", sayings=sayings, now=now) if sayings else 0


def _tell(event: str, mandate: Mandate, now: datetime, occasion: str, **words) -> None:
    messages.queue(
        event=event,
        to=messages.donor_recipient(mandate.lineage.donor),
        occasion=f"{mandate.number}/{occasion}",
        now=now,
        mandate=mandate,
        name=mandate.lineage.donor.name,
        link=resume_url(mandate.registration),
        **words,
    )
