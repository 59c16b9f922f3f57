"""A small independent picture of the collection, after the written lifecycles alone: it asks no rule of the product.

The machine of test_random_months plays the same acts on the product and on this model, and compares. Rupiah are int,
periods "YYYY-MM", moments aware UTC, days Asia/Jakarta days.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.autodebit.month_roll import Donor, Worker

WIB = ZoneInfo("Asia/Jakarta")
# Published holidays of these months; a made-up calendar would prove less.
HOLIDAYS = {date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1), date(2027, 1, 5), date(2027, 2, 5),
            date(2027, 3, 8), date(2027, 3, 9), date(2027, 3, 10)}  # fmt: skip
PERIODS = ("2026-12", "2027-01", "2027-02")
# Of one worker: accident 10,000 and death 6,800; half of it until the discount ends with the year 2026.
PRICES = {"2026-12": 8_400, "2027-01": 16_800, "2027-02": 16_800}
RETRYABLE = {"AM04", "MS03"}
HARD = {"AC04", "MD06"}
LIVE = {"frozen", "approved", "sent", "unknown", "succeeded"}
GONE = {"voided", "bank_rejected"}
WITH_BANK = {"delivered", "reconciled", "closed"}
UNSETTLED = {"planned", "open", "unmet", "reopened"}
SIGN = {"collected": 1, "returned": -1, "refunded": -1, "fee": -1, "top_up": 1, "remitted": -1}
MOST_TRIES = 3
MOST_LINES = 9

# Every step a state may take in the database, one at a time.
STEPS = {
    "obligation": {
        ("planned", "skipped"), ("planned", "open"), ("unmet", "open"), ("reopened", "open"), ("open", "planned"),
        ("open", "met"), ("open", "unmet"), ("met", "reopened"), ("unmet", "written_off"), ("reopened", "written_off"),
        ("unmet", "met"),
    },
    "attempt": {
        ("frozen", "approved"), ("frozen", "released"), ("approved", "released"), ("approved", "sent"),
        ("sent", "released"), ("sent", "succeeded"), ("sent", "failed"), ("sent", "unknown"),
        ("unknown", "succeeded"), ("unknown", "failed"), ("succeeded", "returned"), ("failed", "succeeded"),
    },
    "batch": {
        ("open", "frozen"), ("frozen", "open"), ("approved", "open"), ("frozen", "approved"), ("approved", "sealed"),
        ("sealed", "voided"), ("sealed", "delivered"), ("delivered", "bank_rejected"), ("delivered", "reconciled"),
        ("reconciled", "closed"), ("open", "voided"),
    },
    "resultfile": {
        ("received", "previewed"), ("received", "quarantined"), ("previewed", "applied"), ("previewed", "quarantined"),
    },
    "refund": {("requested", "approved"), ("requested", "refused"), ("approved", "paid")},
    "followup": {("open", "done")},
}  # fmt: skip


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def working_day(day: date, steps: int) -> date:
    """`steps` working days after `day`, before it when negative; for 0 the day itself or the next that works."""
    if steps == 0:
        while not works(day):
            day += timedelta(days=1)
        return day
    one = timedelta(days=1 if steps > 0 else -1)
    for _ in range(abs(steps)):
        day += one
        while not works(day):
            day += one
    return day


def first_day(period: str) -> date:
    return date.fromisoformat(f"{period}-01")


def payday(period: str) -> date:
    return working_day(first_day(period), 0)


def cutoff(period: str) -> datetime:
    return datetime.combine(working_day(payday(period), -3), time(16), WIB)


def remittance_day(period: str) -> date:
    day = first_day(period).replace(day=10)
    return day if works(day) else working_day(day, -1)


def debit_day(period: str, today: date, *, retry: bool = False) -> date | None:
    """None: the month can no longer be collected."""
    day = payday(period)
    if retry or today > day:
        day = max(day, working_day(today + timedelta(days=1), 0))
    return day if day < remittance_day(period) else None


@dataclass(eq=False)
class Debt:
    donor: Donor
    period: str
    amount: int
    state: str = "planned"
    lines: list["Line"] = field(default_factory=list)

    @property
    def tried(self) -> list["Line"]:
        return [line for line in self.lines if line.state != "released"]

    @property
    def live(self) -> bool:
        return any(line.state in LIVE for line in self.lines)


@dataclass(eq=False)
class Line:
    debt: Debt
    wave: "Wave"
    revision: int
    number: int
    amount: int
    state: str = "frozen"
    code: str = ""
    reference: str = ""
    collect_again: bool = False


@dataclass(eq=False)
class Wave:
    period: str
    number: int
    pk: object = None
    state: str = "open"
    revision: int = 1
    day: date | None = None
    makers: set[str] = field(default_factory=set)
    yes: list[str] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    frozen_at: datetime | None = None
    handed_on: date | None = None
    void_by: str = ""

    @property
    def now_in(self) -> list[Line]:
        return [line for line in self.lines if line.revision == self.revision]

    @property
    def count(self) -> int:
        return len(self.now_in)

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.now_in)


@dataclass(eq=False)
class Task:
    kind: str
    line: Line
    state: str = "open"
    outcome: str = ""
    pk: object = None


@dataclass(eq=False)
class Giveback:
    line: Line
    by: str
    state: str = "requested"
    pk: object = None


@dataclass(eq=False)
class Booking:
    pk: int
    amount: int


@dataclass(eq=False)
class Share:
    """A booking's share in one kind of money; `entered` is what it wrote into the books by itself."""

    booking: Booking
    period: str
    kind: str
    wave: Wave | None
    amount: int
    at: datetime
    pk: object = None
    entered: int = 0
    undone: bool = False


@dataclass(eq=False)
class Payment:
    period: str
    amount: int
    pk: object
    confirmed: bool = False
    withdrawn: bool = False


@dataclass(eq=False)
class Money:
    """An entry of the books, signed."""

    period: str
    kind: str
    amount: int
    line: Line | None = None
    wave: Wave | None = None
    after: bool = False


class Model:
    """Everything the office would remember. `may_` asks, the other verbs change."""

    def __init__(self) -> None:
        self.gate_on = False
        self.donors: list[Donor] = []
        self.debts: dict[tuple[str, str], Debt] = {}
        self.waves: list[Wave] = []
        self.tasks: list[Task] = []
        self.givebacks: list[Giveback] = []
        self.bookings: list[Booking] = []
        self.shares: list[Share] = []
        self.payments: list[Payment] = []
        self.books: list[Money] = []
        self.landed: set[tuple[str, str]] = set()
        self.skipped: set[tuple[str, str]] = set()
        self.decided: set[tuple[str, str]] = set()
        self.closed: dict[str, datetime] = {}

    # Promises change from the first month that is still open

    def open_months(self, now: datetime) -> set[str]:
        return {period for period in PERIODS if cutoff(period) > now}

    def joins(self, donor: Donor, key: str, now: datetime) -> None:
        donor.workers.append(Worker(key, {month for month in self.open_months(now) if month >= donor.start}))

    def leaves(self, worker: Worker, now: datetime) -> None:
        worker.goes_on = False
        worker.ticked -= self.open_months(now)

    def rests(self, donor: Donor, worker: Worker, months: int, now: datetime) -> None:
        """`months` 0: without an end. What was chosen before about open months counts no more."""
        ahead = sorted(self.open_months(now))
        again = {month for month in ahead[months:] if month >= donor.start} if months else set()
        worker.ticked = (worker.ticked - set(ahead)) | again

    def goes_on(self, donor: Donor, worker: Worker, now: datetime) -> None:
        worker.ticked |= {month for month in self.open_months(now) if month >= donor.start}

    # What is there

    def of_month(self, period: str) -> list[Debt]:
        return [debt for (_, month), debt in self.debts.items() if month == period]

    def lines(self) -> list[Line]:
        return [line for wave in self.waves for line in wave.lines]

    def standing(self, period: str) -> list[Wave]:
        return [wave for wave in self.waves if wave.period == period and wave.state not in GONE]

    def may_debit_office(self, office: str, period: str) -> bool:
        return not self.gate_on or ((office, period) in self.landed and (office, period) not in self.skipped)

    def held(self, wave: Wave) -> list[Line]:
        return [
            line for line in wave.now_in if not self.may_debit_office(line.debt.donor.office, wave.period)
        ]

    # Building

    def month_due(self, now: datetime) -> str | None:
        """The first month that the schedule opens."""
        today = now.astimezone(WIB).date()
        for period in PERIODS:
            never = not any(wave.period == period and wave.number == 1 for wave in self.waves)
            if never and cutoff(period) <= now and debit_day(period, today):
                return period
        return None

    def first_wave(self, period: str) -> list[Donor]:
        return [donor for donor in self.donors if self._is_due(donor, period)]

    def _is_due(self, donor: Donor, period: str) -> bool:
        if donor.state != "active" or donor.verified_at >= cutoff(period) or donor.start > period:
            return False
        if not donor.due_in(period):
            return False
        debt = self.debts.get((donor.key, period))
        return debt is None or (debt.state == "planned" and not debt.live and len(debt.lines) < MOST_LINES)

    def again(self, period: str) -> list[Debt]:
        """Who may be tried in a further wave."""
        return [debt for debt in self.of_month(period) if self._may_retry(debt)]

    def _may_retry(self, debt: Debt) -> bool:
        donor, tried = debt.donor, debt.tried
        if debt.state not in UNSETTLED - {"open"} or not debt.lines or debt.live:
            return False
        if donor.state != "active" or len(tried) >= MOST_TRIES or len(debt.lines) >= MOST_LINES:
            return False
        last = tried[-1] if tried else None
        if last and last.state == "failed" and last.code not in RETRYABLE:
            return False
        if debt.state == "reopened" and not (last and last.collect_again):
            return False
        if any(task.line.debt is debt for task in self.disputes()):
            return False
        return self.may_debit_office(donor.office, debt.period)

    def disputes(self) -> list["Task"]:
        return [t for t in self.tasks if t.state == "open" and t.kind in ("contradiction", "wrong_amount")]

    def disputed(self, wave: Wave) -> bool:
        """Whether a further wave holds a debt that may be paid already."""
        debts = {id(task.line.debt) for task in self.disputes()}
        return wave.number > 1 and any(id(line.debt) in debts for line in wave.now_in)

    def freeze(self, wave: Wave, now: datetime) -> None:
        today = now.astimezone(WIB).date()
        if wave.number == 1:
            donors = self.first_wave(wave.period)
            for debt in self.of_month(wave.period):
                out = debt.donor not in donors and not debt.live and len(debt.lines) < MOST_LINES
                if debt.state == "planned" and out:
                    debt.state = "skipped"
            for donor in donors:
                amount = PRICES[wave.period] * donor.due_in(wave.period)
                self.debts.setdefault((donor.key, wave.period), Debt(donor, wave.period, amount))
            debts = [self.debts[donor.key, wave.period] for donor in donors]
        else:
            debts = self.again(wave.period)
        for debt in debts:
            line = Line(debt, wave, wave.revision, len(debt.lines) + 1, debt.amount)
            debt.lines.append(line)
            wave.lines.append(line)
        wave.state, wave.frozen_at = "frozen", now
        wave.day = debit_day(wave.period, today, retry=wave.number > 1)

    def may_freeze(self, wave: Wave, now: datetime) -> bool:
        today = now.astimezone(WIB).date()
        some = self.first_wave(wave.period) if wave.number == 1 else self.again(wave.period)
        return bool(some) and debit_day(wave.period, today, retry=wave.number > 1) is not None

    def may_open_next(self, period: str, now: datetime) -> bool:
        waves = self.standing(period)
        if not waves or period in self.closed or any(wave.state not in WITH_BANK for wave in waves):
            return False
        return bool(self.again(period)) and bool(debit_day(period, now.astimezone(WIB).date(), retry=True))

    # Between build and bank

    def release(self, lines: list[Line]) -> None:
        for line in lines:
            line.state = "released"

    def narrow(self, wave: Wave, by: str, today: date) -> None:
        held = self.held(wave)
        self.release(held)
        for line in wave.now_in:
            if line not in held:
                line.revision += 1
        self._next_revision(wave, by)
        self.skip_freed({line.debt.donor.office for line in held}, wave.period)
        if today > wave.day:
            wave.day = debit_day(wave.period, today)

    def reopen(self, wave: Wave, by: str) -> None:
        self.release(wave.now_in)
        self._next_revision(wave, by)
        wave.state = "open"

    def _next_revision(self, wave: Wave, by: str) -> None:
        wave.revision += 1
        wave.makers.add(by)
        wave.yes = []

    def skip_freed(self, offices: set[str], period: str) -> None:
        for debt in self.of_month(period):
            office = debt.donor.office
            freed = debt.lines and not debt.live
            if office in offices and (office, period) in self.skipped and debt.state == "planned" and freed:
                debt.state = "skipped"

    def hand_over(self, wave: Wave, today: date) -> None:
        wave.state, wave.handed_on = "delivered", today
        for line in wave.now_in:
            line.state, line.debt.state = "sent", "open"

    def refuse(self, wave: Wave) -> None:
        wave.state = "bank_rejected"
        for task in self.tasks:  # answered by the refusal of them all
            if task.state == "open" and task.kind == "unknown_answer" and task.line.wave is wave:
                task.state, task.outcome = "done", "answered"
        for line in wave.now_in:
            line.state, line.debt.state = "released", "planned"

    # The bank's word

    def means(self, about: Wave, said: list[tuple[str, str, str, int]]) -> list[str]:
        """The meaning of each (reference, outcome, code, amount) of a file that answers `about`."""
        known = {line.reference: line for line in self.lines()}
        words: dict[str, set] = {}
        for reference, *rest in said:
            words.setdefault(reference, set()).add(tuple(rest))
        seen: set[str] = set()
        found = []
        for reference, outcome, code, amount in said:
            line, first = known.get(reference), reference not in seen
            seen.add(reference)
            if line is None:
                found.append("unknown")
            elif len(words[reference]) > 1:
                found.append("contradiction")
            elif not first:
                found.append("repeated")
            elif outcome != "returned" and line.wave is not about:
                found.append("foreign")
            elif line.state in ("frozen", "approved", "released"):
                found.append("not_sent")
            elif amount != line.amount:
                found.append("wrong_amount")
            else:
                found.append(self.means_for(line, outcome, code))
        return found

    def means_for(self, line: Line, outcome: str, code: str) -> str:
        waits = line.state in ("sent", "unknown")
        if outcome == "pending":
            return "pending" if waits else "already"
        if waits if outcome != "returned" else line.state == "succeeded":
            return "applies"
        if line.state == outcome and (outcome != "failed" or line.code == code):
            return "already"
        return "contradiction"

    def may_prove(self, line: Line, outcome: str) -> bool:
        """A failure that the bank contradicts may turn out paid, while it is owed and nothing is under way for it."""
        asked = any(task.line is line and task.kind == "contradiction" for task in self.disputes())
        owed = line.debt.state == "unmet" and not line.debt.live
        return (line.state, outcome) == ("failed", "succeeded") and asked and owed

    def hear(self, line: Line, outcome: str, code: str, *, by_hand: bool = False) -> None:
        """A word that applies is carried out."""
        asked = {"unknown_answer"} | ({"contradiction", "wrong_amount"} if by_hand else set())
        for task in self.tasks:
            if task.line is line and task.state == "open" and task.kind in asked:
                task.state, task.outcome = "done", "answered"
        line.state, line.code = outcome, code
        period = line.debt.period
        if outcome == "failed":
            line.debt.state = "unmet"
        elif outcome == "succeeded":
            line.debt.state = "met"
            self.books.append(Money(period, "collected", line.amount, line, line.wave))
        else:
            # A refunded debit is out of the month already: what the bank takes back then is a claim, too.
            refunded = any(refund.line is line and refund.state == "paid" for refund in self.givebacks)
            after = refunded or self.is_paid(period)
            self.books.append(Money(period, "returned", -line.amount, line, line.wave, after))
            self.ask("receivable" if after else "late_return", line)
            if line.debt.state == "met":
                line.debt.state = "reopened"
        if outcome != "succeeded" and code in HARD:
            self.ask("hard_code", line)
            if line.debt.donor.state == "active":
                line.debt.donor.state = "suspended"

    def ask(self, kind: str, line: Line) -> None:
        if not any(task.kind == kind and task.line is line and task.state == "open" for task in self.tasks):
            self.tasks.append(Task(kind, line))

    # Money

    def is_paid(self, period: str) -> bool:
        return any(paid.period == period and not paid.withdrawn for paid in self.payments)

    def sum(self, period: str, kind: str, after: bool | None = None) -> int:
        """Without its sign."""
        found = [m for m in self.books if m.period == period and m.kind == kind and after in (None, m.after)]
        return SIGN[kind] * sum(money.amount for money in found)

    def held_money(self, period: str) -> int:
        went = self.sum(period, "returned", False) + self.sum(period, "refunded", False)
        return self.sum(period, "collected") - self.again_money(period) - went - self.sum(period, "remitted")

    def again_money(self, period: str) -> int:
        """What donors paid again after BPJS had been paid for them: it fills the hole and is not remitted."""
        lost = [m.line for m in self.books if m.kind == "returned" and m.after]
        paid = [m for m in self.books if m.period == period and m.kind == "collected"]
        return sum(
            money.amount
            for money in paid
            if any(line.debt is money.line.debt and line.number < money.line.number for line in lost)
        )

    def in_bank(self, period: str, kind: str) -> int:
        return SIGN[kind] * sum(
            share.amount for share in self.shares if (share.period, share.kind) == (period, kind)
        )

    def left_of(self, booking: Booking) -> int:
        return booking.amount - sum(share.amount for share in self.shares if share.booking is booking)

    def of_wave(self, wave: Wave, kind: str) -> tuple[int, int]:
        """(books, statement), signed."""
        said = sum(money.amount for money in self.books if money.wave is wave and money.kind == kind)
        return said, sum(s.amount for s in self.shares if s.wave is wave and s.kind == kind)

    def agrees(self, wave: Wave) -> bool:
        return all(len(set(self.of_wave(wave, kind))) == 1 for kind in ("collected", "returned", "fee"))

    def reconcile(self, wave: Wave) -> None:
        if wave.state == "delivered" and self.agrees(wave) and not _unanswered(wave):
            wave.state = "reconciled"

    def explain(self, share: Share) -> None:
        if share.kind in ("fee", "top_up"):
            share.entered = share.amount
            if share.kind == "top_up" and share.amount > 0:
                promised = self.sum(share.period, "top_up") - self.in_bank(share.period, "top_up")
                share.entered -= min(share.amount, max(0, promised))
            if share.entered:
                self.books.append(Money(share.period, share.kind, share.entered, wave=share.wave))
        self.shares.append(share)

    def undo(self, share: Share, now: datetime) -> Share:
        share.undone = True
        if share.entered:
            self.books.append(Money(share.period, share.kind, -share.entered, wave=share.wave))
        opposite = Share(share.booking, share.period, share.kind, share.wave, -share.amount, now, undone=True)
        self.shares.append(opposite)
        return opposite

    def claims(self, period: str) -> int:
        """Rupiah of claims on donors that are open or given up; one to be collected again until that is done."""
        claims = [t for t in self.tasks if t.kind == "receivable" and t.line.debt.period == period]
        return sum(task.line.amount for task in claims if not self._is_filled(task))

    def _is_filled(self, task: Task) -> bool:
        later = [line for line in task.line.debt.lines if line.number > task.line.number]
        paid = any(line.state in ("succeeded", "returned") for line in later)
        return task.outcome == "bridged" or (task.outcome == "collect_again" and paid)

    def may_close(self, period: str, today: date) -> bool:
        """A month closes only when every rupiah is explained and nothing waits for anybody."""
        waves = self.standing(period)
        over = today >= remittance_day(period)
        built = [wave for wave in waves if wave.state != "open" or not over]
        if not waves or any(wave.state != "reconciled" or not self.agrees(wave) for wave in built):
            return False
        lines = [line for debt in self.of_month(period) for line in debt.lines]
        waits = any(t.state == "open" and t.kind != "receivable" and t.line in lines for t in self.tasks)
        refunds = any(
            refund.state in ("requested", "approved")
            and refund.line.state == "succeeded"
            and refund.line in lines
            for refund in self.givebacks
        )
        planned = any(debt.state == "planned" for debt in self.of_month(period))
        if waits or refunds or (planned and not over):
            return False
        if any(self.left_of(booking) for booking in self.bookings):
            return False
        if any(self.sum(period, kind) != self.in_bank(period, kind) for kind in SIGN):
            return False
        gone = self.sum(period, "returned", True) + self.sum(period, "refunded", True)
        hole = gone - self.claims(period)
        filled = self.sum(period, "top_up") + self.again_money(period)
        if hole < 0 or self.sum(period, "fee") + hole != filled:
            return False
        standing = [paid for paid in self.payments if paid.period == period and not paid.withdrawn]
        return self.held_money(period) == 0 and all(paid.confirmed for paid in standing)

    def close(self, period: str, now: datetime) -> None:
        self.closed[period] = now
        for wave in self.standing(period):
            wave.state = "closed" if wave.state == "reconciled" else wave.state
        claimed = {t.line.debt for t in self.tasks if t.kind == "receivable" and t.state == "open"}
        for debt in self.of_month(period):
            if debt.state in ("unmet", "reopened") and debt not in claimed:
                debt.state = "written_off"
            elif debt.state == "planned":
                debt.state = "skipped"


def _unanswered(wave: Wave) -> bool:
    return any(line.state in ("sent", "unknown") for line in wave.now_in)
