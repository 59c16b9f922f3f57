"""Telling donors ahead that their contribution changes by itself, and asking once what they want to do with it."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from psycopg2.extras import execute_values

from registry.actions import audit, messages
from registry.actions.audit import SYSTEM
from registry.actions.messages import Saying
from registry.models import AuditEvent, Donor
from registry.queries import city
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.work import Sector
from sponsorship import queries
from sponsorship.actions.registration import resume_url
from sponsorship.models import Mandate, MandateLineage, Sponsorship, TariffQuestion
from sponsorship.rules.lifecycle import DUE_SPONSORSHIP, LIVE_MANDATE
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Calendar, Month, indonesian_weekday_date, wib
from sponsorship.rules.tariff import FundingSource, Programme, Tariff
from sponsorship.rules.tariff_clock import Change, Cover, Kind, change_in, changing_kinds, turning_months

logger = logging.getLogger(__name__)

AT_ONCE = 500
GONE = Finding("gone", "Iuran untuk bulan itu tidak jadi berubah, jadi tidak ada yang perlu Anda pilih.")
NO_CHOICE = Finding("no_choice", "Pilih salah satu.", "answer")
NO_QUESTION = Finding("no_question", "Pertanyaan ini tidak ada.")

_KINDS = """
SELECT DISTINCT s.base_income, s.programme, work.sector, s.funding
FROM sponsorship_sponsorship s
JOIN registry_worker w ON w.id = s.worker_id
JOIN registry_occupation work ON work.code = w.occupation_id
WHERE s.state = ANY(%(due)s) AND s.lineage_id IS NOT NULL
"""

# A mandate that begins with the month itself was agreed to at that month's price.
_CONCERNED = """
SELECT DISTINCT s.lineage_id
FROM sponsorship_sponsorship s
JOIN registry_worker w ON w.id = s.worker_id
JOIN registry_occupation work ON work.code = w.occupation_id
JOIN unnest(%(bases)s::bigint[], %(programmes)s::varchar[], %(sectors)s::varchar[], %(fundings)s::varchar[])
  AS kind (base_income, programme, sector, funding)
  ON kind.base_income = s.base_income AND kind.programme = s.programme AND kind.sector = work.sector
  AND kind.funding = s.funding
JOIN sponsorship_mandate m ON m.lineage_id = s.lineage_id AND m.state = ANY(%(live)s)
  AND m.start_period <> '' AND m.start_period < %(period)s AND (m.end_period = '' OR m.end_period >= %(period)s)
LEFT JOIN sponsorship_tariffquestion asked ON asked.lineage_id = s.lineage_id AND asked.period = %(period)s
WHERE s.state = ANY(%(due)s) AND asked.id IS NULL
ORDER BY s.lineage_id
"""

_ASK = """
INSERT INTO sponsorship_tariffquestion (lineage_id, period, amount_before, amount_after, asked_at, answer)
VALUES %s ON CONFLICT (lineage_id, period) DO NOTHING RETURNING id, lineage_id
"""


def ask(*, now: datetime) -> int:
    """Asks every donor whose contribution changes within the city's notice; answers how many were asked just now.

    1. The months in which a dated line begins or ends; on most days there is none, and nothing is read.
    2. The kinds of workers whose price changes then, and the mandates that pay for one of them.
    3. In pieces, each a transaction: one question per mandate and month, its journal line and its message. What was
       asked before, or is being asked by another scheduler right now, is passed over.
    """
    prices, profile = queries.tariff(), city()
    today = queries.calendar().local_date(now)
    asked = 0
    for month in turning_months(prices, today, profile.tariff_notice_days):
        lineages = _concerned(month, prices)
        for first in range(0, len(lineages), AT_ONCE):
            asked += _ask_some(lineages[first : first + AT_ONCE], month, prices, profile.age_limit, now)
    return asked


def answer(*, pk: int, by: Donor, answer: str, now: datetime) -> TariffQuestion | Finding:
    """Records what the donor chose, once: the first answer stays. Refused when the month no longer changes."""
    with transaction.atomic():
        question = TariffQuestion.objects.select_for_update().filter(pk=pk, lineage__donor=by).first()
        if question is None:
            return NO_QUESTION
        if question.answer:
            return question
        if answer not in dict(TariffQuestion.ANSWERS):
            return NO_CHOICE
        if change_of(question) is None:
            return GONE
        question.answer, question.answered_at = answer, now
        question.save(update_fields=["answer", "answered_at"])
        audit.record(
            event=Event.TARIFF_ANSWERED, about=question, by=by, now=now, period=question.period, answer=answer
        )
        return question


def change_of(question: TariffQuestion, prices: Tariff | None = None) -> Change | None:
    """How the month of this question changes by today's tables and promises; None when it does not any more."""
    mandate = Mandate.objects.filter(lineage=question.lineage_id, state__in=LIVE_MANDATE).first()
    if mandate is None or (mandate.end_period and mandate.end_period < question.period):
        return None
    covers = _covers([question.lineage_id])[question.lineage_id]
    month = Month.parse(question.period)
    return change_in(
        month, covers, prices or queries.tariff(), ceiling=mandate.ceiling, age_limit=city().age_limit
    )


def open_questions(donor: Donor, now: datetime) -> list[tuple[TariffQuestion, Change]]:
    """What this donor was asked and has not answered, about months that lie ahead and still change."""
    current = str(Month.of(queries.calendar().local_date(now)))
    waiting = list(
        TariffQuestion.objects.filter(
            lineage__donor=donor, lineage__ended_at=None, answer="", period__gt=current
        )
    )
    prices = queries.tariff() if waiting else None
    pairs = [(question, change_of(question, prices)) for question in waiting]
    return [(question, change) for question, change in pairs if change]


def _concerned(month: Month, prices: Tariff) -> list:
    with connection.cursor() as cursor:
        cursor.execute(_KINDS, {"due": list(DUE_SPONSORSHIP)})
        kinds = changing_kinds((_kind(*row) for row in cursor.fetchall()), prices, month)
        if isinstance(kinds, Finding):  # no amount is told that the table cannot prove
            logger.warning("nobody is asked about %s: %s", month, kinds.message)
            return []
        if not kinds:
            return []
        values = {
            "due": list(DUE_SPONSORSHIP),
            "live": list(LIVE_MANDATE),
            "period": str(month),
            "bases": [kind.base_income for kind in kinds],
            "programmes": [kind.programme.value for kind in kinds],
            "sectors": [kind.sector.value for kind in kinds],
            "fundings": [kind.funding.value for kind in kinds],
        }
        cursor.execute(_CONCERNED, values)
        return [lineage for (lineage,) in cursor.fetchall()]


def _ask_some(lineages: list, month: Month, prices: Tariff, age_limit: int, now: datetime) -> int:
    with transaction.atomic():
        live = Mandate.objects.filter(lineage__in=lineages, lineage__ended_at=None, state__in=LIVE_MANDATE)
        mandates = {
            mandate.lineage_id: mandate
            for mandate in live.select_related("lineage__donor", "registration").defer("printed")
        }
        covers, changes = _covers(lineages), {}
        for lineage_id, mandate in mandates.items():
            change = change_in(
                month, covers[lineage_id], prices, ceiling=mandate.ceiling, age_limit=age_limit
            )
            if change:
                changes[lineage_id] = change
        asked = _insert(changes, now)
        AuditEvent.objects.bulk_create(_line(pk, month, now) for pk in asked.values())
        office = queries.calendar()
        messages.queue_many(
            event="tariff_change",
            sayings=[_saying(pk, mandates[own], changes[own], office) for own, pk in asked.items()],
            now=now,
        )
    return len(asked)


def _insert(changes: dict, now: datetime) -> dict:
    """The questions that were not there yet: lineage -> number of the question."""
    rows = [(lineage, str(c.month), c.before, c.after, now, "") for lineage, c in changes.items()]
    if not rows:
        return {}
    with connection.cursor() as cursor:
        made = execute_values(cursor.cursor, _ASK, rows, page_size=AT_ONCE, fetch=True)
    return {lineage: pk for pk, lineage in made}


def _line(pk: int, month: Month, now: datetime) -> AuditEvent:
    return AuditEvent(
        at=now,
        event=Event.TARIFF_ASKED,
        object_type=TariffQuestion._meta.label_lower,
        object_id=str(pk),
        detail={"period": str(month)},
        **audit.actor_columns(SYSTEM),
    )


def _saying(pk: int, mandate: Mandate, change: Change, office: Calendar) -> Saying:
    lineage: MandateLineage = mandate.lineage
    until = office.cutoff(change.month)
    values = {
        "month": change.month.label(),
        "before": rupiah(change.before),
        "after": rupiah(change.after),
        "ceiling": rupiah(change.ceiling),
        "rises": change.rises,
        "holds": change.ceiling_holds,
        "more": change.more,
        "payday": indonesian_weekday_date(office.payday(change.month)),
        "until": f"{indonesian_weekday_date(until)} pukul {wib(until)}",
        "link": resume_url(mandate.registration),
        "page": f"{settings.BASE_URL}/saya/iuran/{pk}/",
    }
    return Saying(messages.donor_recipient(lineage.donor), values, str(change.month))


def _covers(lineages: Iterable) -> dict:
    """What goes on for each of these lineages, read without opening a sealed column."""
    rows = (
        Sponsorship.objects.filter(lineage__in=lineages, state__in=DUE_SPONSORSHIP)
        .order_by("position", "created_at")
        .values_list(
            "lineage_id", "base_income", "programme", "worker__occupation__sector", "funding", "start_period",
            "end_period", "pause_from", "pause_until", "worker__birth_date", "pk",
        )
    )  # fmt: skip
    covers = defaultdict(list)
    for lineage, base, programme, sector, funding, *months in rows:
        covers[lineage].append(Cover(_kind(base, programme, sector, funding), *months))
    return covers


def _kind(base: int, programme: str, sector: str, funding: str) -> Kind:
    return Kind(base, Programme(programme), Sector(sector), FundingSource(funding))
