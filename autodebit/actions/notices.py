"""What a donor is told about money: before the first debit and each new amount, after a debit, and when one failed.

Nothing here is triggered: what is recorded and not yet said is looked up, again and again, so that a lost message or
a restarted worker is made up for, and the outbox lets nobody hear the same thing twice (I22).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from autodebit import queries_notices
from autodebit.models import Attempt, BankProfile, Batch, ReasonCode
from autodebit.rules.retry import DISPUTES, MOST_RETRIES, retry_day
from registry.actions import messages
from registry.actions.messages import Saying
from sponsorship.actions.registration import resume_url
from sponsorship.queries import calendar
from sponsorship.rules.money import in_words, rupiah
from sponsorship.rules.months import Month, indonesian_weekday_date

AT_ONCE = 500
CHUNKS = 20
# What is older is history: a message about it would only alarm.
SINCE = timedelta(days=40)
MONTHS_BACK = 2
_UNKNOWN_CODE = (
    "Bank tidak menyebut alasan yang kami kenal. Kami menanyakannya; Anda tidak perlu berbuat apa-apa."
)


def tell(*, now: datetime) -> int:
    """Queues what is to be said about every running month; answers how many messages are new."""
    told = 0
    for profile in BankProfile.objects.select_related("bank").filter(batches__isnull=False).distinct():
        for month in _months(profile, now):
            told += _tell_month(profile, month, now)
    return told


def _months(profile: BankProfile, now: datetime) -> list[Month]:
    office = calendar()
    oldest = str(Month.of(office.local_date(now)).plus(-MONTHS_BACK))
    periods = profile.batches.filter(period__gte=oldest).exclude(state__in=("open", "frozen", "approved"))
    return [
        Month.parse(period)
        for period in periods.order_by("period").values_list("period", flat=True).distinct()
    ]


def _tell_month(profile: BankProfile, month: Month, now: datetime) -> int:
    office = calendar()
    today = office.local_date(now)
    next_try = retry_day(month, today, office)
    money = {"period": str(month), "since": now - SINCE}
    tries = {"day_left": next_try is not None, "most_retries": MOST_RETRIES, "disputes": list(DISPUTES)}
    failed = {"period": str(month), **tries}
    reasons = {reason.code: reason for reason in profile.reasons.all()}

    def about_failure(attempt: Attempt) -> dict:
        return {**_about(attempt, month), **_why(reasons.get(attempt.code)), "next_try": next_try}

    def about(attempt: Attempt) -> dict:
        return _about(attempt, month)

    return sum(
        (
            _queue("debit_notice", queries_notices.NOTICE, about, now, period=str(month), today=today),
            _queue("debit_receipt", queries_notices.MONEY, about, now, kind="collected", **money),
            _queue("debit_returned", queries_notices.MONEY, about, now, kind="returned", **money),
            _queue("debit_refunded", queries_notices.MONEY, about, now, kind="refunded", **money),
            _queue("debit_failed", queries_notices.FAILED, about_failure, now, again=True, **failed),
            _queue("debit_failed_finally", queries_notices.FAILED, about_failure, now, again=False, **failed),
        )
    )


def _queue(event: str, statement: str, about: Callable[[Attempt], dict], now: datetime, **values) -> int:
    """In pieces, each a transaction of its own: a worker that dies has told what it has told."""
    told = 0
    for _ in range(CHUNKS):
        with transaction.atomic():
            found = queries_notices.untold(statement, event=event, most=AT_ONCE, **values)
            told += messages.queue_many(
                event=event,
                now=now,
                sayings=[
                    Saying(
                        messages.donor_recipient(attempt.obligation.lineage.donor),
                        about(attempt),
                        attempt.obligation.period,
                        occasion,
                    )
                    for attempt, occasion in found
                ],
            )
        if len(found) < AT_ONCE:
            break
    return told


def _about(attempt: Attempt, month: Month) -> dict:
    """What every one of these messages may say: no account number, no name of a worker."""
    batch: Batch = attempt.batch
    return {
        "name": attempt.obligation.lineage.donor.name or attempt.account_holder,
        "month": month.label(),
        "amount": rupiah(attempt.amount),
        "amount_words": in_words(attempt.amount),
        "day": indonesian_weekday_date(batch.collection_date),
        "bank": batch.profile.bank.name,
        "reference": attempt.reference,
        "mandate": attempt.mandate_number,
        "link": resume_url(attempt.mandate.registration),
    }


def _why(reason: ReasonCode | None) -> dict:
    if reason is None:
        return {"why": "Alasan belum jelas", "what_to_do": _UNKNOWN_CODE}
    return {"why": reason.meaning, "what_to_do": reason.donor_text}
