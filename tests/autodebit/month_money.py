"""Random acts, second part: what the bank says, what persons settle, and the month's money until it is closed."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from autodebit.actions import answers, books, follow_ups, refunds, remittance, results
from autodebit.models import Allocation, Attempt, Batch, FollowUp, ResultFile
from autodebit.rules.books import Kind
from tests.autodebit import month_model as paper
from tests.autodebit.bookkeeping import a_paper, receive, statement_csv
from tests.autodebit.month_compare import violated
from tests.autodebit.month_machine import APPROVERS, OPERATORS, REASON, Ceremony, one, pick
from tests.autodebit.month_model import WITH_BANK, Booking, Giveback, Line, Payment, Share, Task, Wave
from tests.month import Said, delimited_answer, message_id_of

# What a bank may say of a line, the usual more often.
WORDS = (
    "succeeded", "succeeded", "succeeded", "succeeded", "succeeded", "failed AM04", "failed AM04", "failed AC04",
    "failed AM05", "failed ZZ99", "pending", "returned MS03", "returned MD06", "",
)  # fmt: skip
WAYS = {
    "hard_code": ("mandate_resumed", "mandate_ended", "noted"),
    "unknown_answer": ("answered",),
    "contradiction": ("answered", "noted"),
    "wrong_amount": ("answered", "noted"),
    "late_return": ("collect_again", "written_off"),
    "receivable": ("collect_again", "bridged", "written_off"),
}
FEE = 2_500
# The product's own checks of all invariants take as long as ten acts.
CHECKS_EVERY = 8


@dataclass(eq=False)
class Answer:
    """A file of the bank that was read: what it says, what that meant when it was shown."""

    pk: object
    about: Wave
    data: bytes
    said: list[tuple[str, str, str, int]]
    shown: list[str]
    state: str = "previewed"


class Answers(Ceremony):
    """Files, answers by hand, and what a person settles."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[Answer] = []
        self.compared = 0

    @precondition(lambda self: self.waves_in(*WITH_BANK))
    @rule(number=pick, seed=st.integers(0, 10_000), foreign=st.sampled_from([False] * 7 + [True]))
    def the_bank_answers(self, number: int, seed: int, foreign: bool) -> None:
        wave = one(self.waves_in(*WITH_BANK), number)
        self.receive(wave, self.some_words(wave, Random(seed)), foreign)

    def some_words(self, wave: Wave, chance: Random) -> list[tuple[str, str, str, int]]:
        lines = [line for line in wave.now_in if chance.random() < 0.85]
        others = [line for line in self.model.lines() if line.wave is not wave]
        if others and chance.random() < 0.3:
            lines.append(chance.choice(others))
        said = []
        for line in lines:
            outcome, _, code = chance.choice(WORDS).partition(" ")
            if line.state == "succeeded" and chance.random() < 0.4:
                outcome, code = "returned", "MS03"
            amount = line.amount if chance.random() < 0.93 else line.amount // 2
            if outcome:
                said.append((line.reference, outcome, code, amount))
        if said and chance.random() < 0.1:
            said.append((said[0][0], "failed", "AM04", said[0][3]))
        if chance.random() < 0.1:
            said.append(("TIDAKDIKENAL0001", "succeeded", "", 8_400))
        chance.shuffle(said)
        return said

    def receive(self, wave: Wave, said: list, foreign: bool = False) -> Answer | None:
        if not said:
            return None
        batch = Batch.objects.select_related("profile").get(pk=wave.pk)
        data = delimited_answer(
            batch.profile.results["result_csv"],
            [(reference, Said(outcome, code, amount, self.today), amount) for reference, outcome, code, amount in said],
            answers_to="BERKAS-LAIN" if foreign else message_id_of(batch),
        )  # fmt: skip
        same = next((file for file in self.files if file.data == data and file.state != "quarantined"), None)
        kept = results.receive(
            batch_id=wave.pk, format="result_csv", name="HASIL.csv", data=data, by=self.operator, now=self.now
        )
        self.agree(kept, True)
        if same is not None:
            assert kept.pk == same.pk, "the same bytes were kept twice"
            return None
        read = results.read_file(file_id=kept.pk, now=self.now)
        file = Answer(kept.pk, wave, data, said, self.model.means(wave, said))
        file.state = "quarantined" if foreign else "previewed"
        assert read.state == file.state, (read.state, read.reason)
        self.files.append(file)
        if foreign:
            assert not read.lines.exists()
            return None
        self.shown(file)
        return file

    def shown(self, file: Answer) -> None:
        verdicts = list(ResultFile.objects.get(pk=file.pk).lines.values_list("verdict", flat=True))
        assert verdicts == file.shown, f"(product, model) {list(zip(verdicts, file.shown, strict=True))}"

    @precondition(lambda self: any(file.state == "previewed" for file in self.files))
    @rule(number=pick, wrong=st.sampled_from([False] * 5 + [True]))
    def an_answer_is_applied(self, number: int, wrong: bool) -> None:
        self.apply(one([file for file in self.files if file.state == "previewed"], number), wrong)

    def apply(self, file: Answer, wrong: bool = False) -> None:
        typed = results.figure_to_type(ResultFile.objects.get(pk=file.pk)) + wrong
        asked = results.request_apply(file_id=file.pk, typed_total=typed, by=self.operator, now=self.now)
        self.agree(asked, not wrong)
        if wrong:
            return
        means = self.model.means(file.about, file.said)
        self.agree(results.apply(file_id=file.pk, now=self.now), means == file.shown)
        if means != file.shown:
            file.shown = means
            self.shown(file)
            return
        self.carry_out(file)

    def carry_out(self, file: Answer) -> None:
        known = {line.reference: line for line in self.model.lines()}
        moved = []
        for (reference, outcome, code, _), meaning in zip(file.said, file.shown, strict=True):
            line = known.get(reference)
            if meaning == "applies":
                self.model.hear(line, outcome, code)
                moved.append(line.wave)
        for (reference, *_), meaning in zip(file.said, file.shown, strict=True):
            if meaning in ("contradiction", "wrong_amount"):
                self.model.ask(meaning, known[reference])
        for wave in dict.fromkeys(moved):
            self.model.reconcile(wave)
        file.state = "applied"

    @precondition(lambda self: any(file.state == "applied" for file in self.files))
    @rule(number=pick)
    def an_applied_answer_is_applied_again(self, number: int) -> None:
        file = one([file for file in self.files if file.state == "applied"], number)
        said = {"file_id": file.pk, "now": self.now}
        self.agree(results.request_apply(typed_total=0, by=self.operator, **said), True)
        self.agree(results.apply(**said), True)

    @precondition(lambda self: self.files)
    @rule(number=pick)
    def a_person_refuses_an_answer(self, number: int) -> None:
        file = one(self.files, number)
        answer = results.quarantine(file_id=file.pk, reason=REASON, by=self.operator, now=self.now)
        self.agree(answer, file.state == "previewed")
        if file.state == "previewed":
            file.state = "quarantined"

    @precondition(lambda self: self.waves_in(*WITH_BANK))
    @rule(number=pick, word=st.sampled_from(["succeeded", "failed AM04", "failed AC04", "returned MS03"]))
    def the_bank_answers_by_letter(self, number: int, word: str) -> None:
        lines = one(self.waves_in(*WITH_BANK), number).lines
        self.by_hand(one(lines, number // 3), word)

    def by_hand(self, line: Line, word: str) -> None:
        outcome, _, code = word.partition(" ")
        sent = line.state not in ("frozen", "approved", "released")
        allowed = sent and self.model.means_for(line, outcome, code) == "applies"
        allowed = allowed or self.model.may_prove(line, outcome)
        answer = answers.answer_by_hand(
            attempt_id=Attempt.objects.get(reference=line.reference).pk, outcome=outcome, code=code, reason=REASON,
            evidence_file=a_paper(), by=self.operator, now=self.now,
        )  # fmt: skip
        self.agree(answer, allowed)
        if allowed:
            self.model.hear(line, outcome, code, by_hand=True)
            self.model.reconcile(line.wave)

    @precondition(lambda self: any(task.state == "open" for task in self.model.tasks))
    @rule(number=pick)
    def a_person_settles(self, number: int) -> None:
        task = one([task for task in self.model.tasks if task.state == "open"], number)
        self.settle(task, one(WAYS[task.kind], number // 3))

    def settle(self, task: Task, way: str) -> None:
        line, donor, debt = task.line, task.line.debt.donor, task.line.debt
        allowed = {
            "mandate_resumed": donor.state == "suspended",
            "mandate_ended": donor.state != "cancelled",
            "noted": True,
            "answered": line.state not in ("sent", "unknown"),
            "collect_again": debt.state == "reopened"
            and debt.period not in self.model.closed
            and paper.debit_day(debt.period, self.today, retry=True) is not None,
            "written_off": debt.state in ("unmet", "reopened", "written_off"),
            "bridged": debt.state in ("unmet", "reopened", "written_off"),
        }[way]
        row = FollowUp.objects.get(kind=task.kind, attempt__reference=line.reference, state="open")
        answer = follow_ups.settle(
            follow_up_id=row.pk, outcome=way, reason=REASON, by=self.operator, now=self.now
        )
        self.agree(answer, allowed)
        if not allowed:
            return
        task.state, task.outcome = "done", way
        if way == "mandate_resumed":
            donor.state = "active"
        elif way == "mandate_ended":
            donor.state = "cancelled"
        elif way == "collect_again":
            line.collect_again = True
        elif way in ("written_off", "bridged"):
            debt.state = "written_off"
        if way == "bridged":
            self.model.books.append(paper.Money(debt.period, "top_up", line.amount, line, line.wave))


class MonthsMoney(Answers):
    """Statement, remittance, refunds, closing."""

    @precondition(lambda self: self.waves_in(*WITH_BANK))
    @rule(number=pick, fee=st.sampled_from([0, 0, FEE]), at_once=st.booleans())
    def the_bank_credits_a_batch(self, number: int, fee: int, at_once: bool) -> None:
        wave = one(self.waves_in(*WITH_BANK), number)
        said, booked = self.model.of_wave(wave, "collected")
        self.book(wave.period, [("collected", wave, said - booked), ("fee", wave, -fee)], at_once)

    @precondition(lambda self: self.waves_in(*WITH_BANK))
    @rule(number=pick)
    def the_bank_books_what_is_missing(self, number: int) -> None:
        self.book_the_rest(one(self.waves_in(*WITH_BANK), number).period)

    @precondition(lambda self: self.waves_in(*WITH_BANK))
    @rule(
        number=pick,
        amount=st.sampled_from([-FEE, 1_000, 8_400, -8_400]),
        kind=st.sampled_from(sorted(paper.SIGN)),
    )
    def a_booking_is_misunderstood(self, number: int, amount: int, kind: str) -> None:
        wave = one(self.waves_in(*WITH_BANK), number)
        self.book(wave.period, [(kind, wave, amount)], True)

    def book_the_rest(self, period: str) -> None:
        """One booking for each kind of money that the books know and the statement does not."""
        for wave in self.waves_in(*WITH_BANK):
            if wave.period == period:
                for kind in ("collected", "returned", "fee"):
                    said, booked = self.model.of_wave(wave, kind)
                    self.book(period, [(kind, wave, said - booked)], True)
        for kind in ("refunded", "remitted", "top_up"):
            missing = self.model.sum(period, kind) - self.model.in_bank(period, kind)
            self.book(period, [(kind, None, paper.SIGN[kind] * missing)], True)

    def book(self, period: str, parts: list[tuple[str, Wave | None, int]], at_once: bool) -> None:
        parts = [part for part in parts if part[2]]
        amount = sum(amount for *_, amount in parts)
        if not amount:
            return
        reference = f"REF-{len(self.model.bookings):05d}"
        statement = receive(
            statement_csv([(amount, "MUTASI CONTOH", reference, self.today)]), now=self.now, by=self.operator
        )
        self.agree(statement, True)
        booking = Booking(statement.lines.get().pk, amount)
        self.model.bookings.append(booking)
        if at_once:
            self.explain(booking, period, parts)

    @precondition(
        lambda self: self.waves_in(*WITH_BANK) and any(self.model.left_of(b) for b in self.model.bookings)
    )
    @rule(number=pick, kind=st.sampled_from(["", "", *sorted(paper.SIGN)]))
    def a_booking_is_explained_later(self, number: int, kind: str) -> None:
        booking = one([b for b in self.model.bookings if self.model.left_of(b)], number)
        wave = one(self.waves_in(*WITH_BANK), number // 5)
        left = self.model.left_of(booking)
        fitting = kind or ("collected" if left > 0 else "returned")
        self.explain(booking, wave.period, [(fitting, wave, left)])

    def explain(self, booking: Booking, period: str, parts: list) -> None:
        after_closing = ("returned", "refunded", "fee", "top_up")
        allowed = period not in self.model.closed or all(kind in after_closing for kind, *_ in parts)
        said = [
            books.Part(period, Kind(kind), wave and wave.pk, amount, REASON) for kind, wave, amount in parts
        ]
        answer = books.explain(line_id=booking.pk, parts=said, by=self.operator, now=self.now)
        self.agree(answer, allowed)
        if not allowed:
            return
        rows = Allocation.objects.filter(line=booking.pk).order_by("-pk")[: len(parts)]
        for (kind, wave, amount), row in zip(parts, reversed(rows), strict=True):
            self.model.explain(Share(booking, period, kind, wave, amount, self.now, row.pk))
        for wave in dict.fromkeys(wave for _, wave, _ in parts if wave):
            self.model.reconcile(wave)

    @precondition(lambda self: self.model.shares)
    @rule(number=pick)
    def an_explanation_is_taken_back(self, number: int) -> None:
        self.undo(one(self.model.shares, number))

    def undo(self, share: Share) -> None:
        closed = self.model.closed.get(share.period)
        allowed = not share.undone and not (closed and share.at <= closed)
        answer = books.undo(allocation_id=share.pk, reason=REASON, by=self.operator, now=self.now)
        self.agree(answer, allowed)
        if allowed:
            self.model.undo(share, self.now).pk = answer.pk
            if share.wave:
                self.model.reconcile(share.wave)

    @precondition(lambda self: self.model.waves)
    @rule(number=pick, off=st.sampled_from([0, 0, 0, 1_000, -8_400]))
    def the_month_is_remitted(self, number: int, off: int) -> None:
        self.remit(one(self.model.waves, number).period, off)

    def remit(self, period: str, off: int = 0) -> None:
        held = self.model.held_money(period)
        paid = remittance.record(
            profile=self.profile, period=period, amount=max(1, held + off), paid_on=self.today,
            payment_reference=f"NTB-{len(self.model.payments):04d}", evidence_file=a_paper(), by=self.operator,
            now=self.now,
        )  # fmt: skip
        allowed = held > 0 and max(1, held + off) == held and period not in self.model.closed
        self.agree(paid, allowed)
        if allowed:
            self.model.payments.append(Payment(period, held, paid.pk))
            self.model.books.append(paper.Money(period, "remitted", -held))

    @precondition(lambda self: self.model.payments)
    @rule(number=pick)
    def bpjs_confirms(self, number: int) -> None:
        self.confirm(one(self.model.payments, number))

    def confirm(self, paid: Payment) -> None:
        answer = remittance.confirm(
            remittance_id=paid.pk,
            confirmation="BPJS-0001",
            confirmed_on=self.today,
            by=self.operator,
            now=self.now,
        )
        self.agree(answer, not paid.withdrawn)
        paid.confirmed = paid.confirmed or not paid.withdrawn

    @precondition(lambda self: self.model.payments)
    @rule(number=pick)
    def a_payment_is_taken_back(self, number: int) -> None:
        paid = one(self.model.payments, number)
        answer = remittance.withdraw(remittance_id=paid.pk, reason=REASON, by=self.operator, now=self.now)
        free = not paid.confirmed and paid.period not in self.model.closed
        self.agree(answer, paid.withdrawn or free)
        if not paid.withdrawn and free:
            paid.withdrawn = True
            self.model.books.append(paper.Money(paid.period, "remitted", paid.amount))

    @precondition(
        lambda self: any(line.state in ("succeeded", "returned", "failed") for line in self.model.lines())
    )
    @rule(number=pick)
    def a_refund_is_proposed(self, number: int) -> None:
        lines = [line for line in self.model.lines() if line.state in ("succeeded", "returned", "failed")]
        line = one(lines, number)
        standing = any(g.line is line and g.state != "refused" for g in self.model.givebacks)
        answer = refunds.request(
            attempt_id=Attempt.objects.get(reference=line.reference).pk,
            reason=REASON,
            by=self.operator,
            now=self.now,
        )
        self.agree(answer, standing or line.state == "succeeded")
        if line.state == "succeeded" and not standing:
            self.model.givebacks.append(Giveback(line, OPERATORS[0], pk=answer.pk))

    @precondition(lambda self: self.model.givebacks)
    @rule(number=pick, verb=st.sampled_from(["approve", "approve", "refuse", "pay", "pay", "pay"]))
    def a_refund_goes_on(self, number: int, verb: str) -> None:
        self.go_on(one(self.model.givebacks, number), verb)

    def go_on(self, refund: Giveback, verb: str) -> None:
        if verb == "pay":
            return self.pay(refund)
        by = self.staff[APPROVERS[0]]
        answer = getattr(refunds, verb)(refund_id=refund.pk, by=by, now=self.now)
        self.agree(answer, refund.state == "requested")
        if refund.state == "requested":
            refund.state = {"approve": "approved", "refuse": "refused"}[verb]
        return None

    def pay(self, refund: Giveback) -> None:
        line = refund.line
        allowed = refund.state == "approved" and line.state == "succeeded"
        answer = refunds.pay(
            refund_id=refund.pk, paid_on=self.today, payment_reference="PGB-0001", evidence_file=a_paper(),
            by=self.operator, now=self.now,
        )  # fmt: skip
        self.agree(answer, allowed)
        if allowed:
            refund.state, line.debt.state = "paid", "written_off"
            after = self.model.is_paid(line.debt.period)
            self.model.books.append(
                paper.Money(line.debt.period, "refunded", -line.amount, line, line.wave, after)
            )

    @precondition(lambda self: self.model.waves)
    @rule(number=pick)
    def somebody_closes_the_month(self, number: int) -> None:
        self.close(one(self.model.waves, number).period)

    def close(self, period: str) -> None:
        allowed = period in self.model.closed or self.model.may_close(period, self.today)
        answer = books.close(profile=self.profile, period=period, by=self.staff[APPROVERS[2]], now=self.now)
        self.agree(answer, allowed)
        if allowed and period not in self.model.closed:
            self.model.close(period, self.now)


class RandomMonths(MonthsMoney):
    """All of it, with a will to get on: `next_step` is what the office would do now."""

    @initialize(
        numbers=st.lists(pick, min_size=3, max_size=5), steps=st.integers(3, 40), seed=st.integers(0, 10_000)
    )
    def some_of_it_is_done(self, numbers: list[int], steps: int, seed: int) -> None:
        """The month is under way when the random acts begin."""
        for number in numbers:
            self.new_donor(number)
        chance = Random(seed)
        for _ in range(steps):
            self.next_step(chance.randrange(60))
            self.product_and_model_agree()

    @rule(number=pick)
    def the_office_goes_on(self, number: int) -> None:
        self.next_step(number)

    # The more names a rule has, the more often it is played.
    the_office_goes_on_a, the_office_goes_on_b, the_office_goes_on_c = [the_office_goes_on] * 3

    def next_step(self, number: int) -> None:
        unfinished = self.waves_in("frozen", "approved", "sealed")
        unfinished += [wave for wave in self.waves_in("open") if self.model.may_freeze(wave, self.now)]
        if unfinished:
            return self.next_of(one(unfinished, number), number)
        silent = [w for w in self.waves_in("delivered") if any(line.state == "sent" for line in w.now_in)]
        if silent:
            wave = silent[0]
            file = self.receive(wave, self.some_words(wave, Random(number)))
            return self.apply(file) if file else None
        return self.next_of_the_month(number)

    def next_of(self, wave: Wave, number: int) -> None:
        if wave.state == "open":
            self.fill(wave)
        elif self.model.held(wave) and wave.state == "frozen":
            self.wait_for_the_salary(wave, number)
        elif wave.state == "frozen":
            self.approve(wave, one(APPROVERS, number))
        elif wave.state == "approved" and (self.model.held(wave) or wave.day < self.today):
            self.reopen(wave, OPERATORS[0])
        elif wave.state == "approved":
            self.seal(wave)
        else:
            self.hand_over(wave)

    def wait_for_the_salary(self, wave: Wave, number: int) -> None:
        if self.today < paper.payday(wave.period):
            self.now += timedelta(days=1)
        elif number % 2:
            self.narrow(wave, OPERATORS[0])
            if self.model.held(wave):
                self.reopen(wave, OPERATORS[0])
        else:
            self.salary_landed(self.model.held(wave)[0].debt.donor.office, wave.period)

    def next_of_the_month(self, number: int) -> None:
        if self.model.month_due(self.now):
            return self.the_schedule_opens()
        open_months = [p for p in paper.PERIODS if self.model.standing(p) and p not in self.model.closed]
        if not open_months:
            return self.to_the_next_month()
        period = open_months[0]
        if self.model.may_open_next(period, self.now) and number % 2:
            return self.a_further_wave_is_asked_for(self.model.waves.index(self.model.standing(period)[0]))
        tasks = [task for task in self.model.tasks if task.state == "open"]
        if tasks and number % 3 == 0:
            return self.settle(tasks[0], one(WAYS[tasks[0].kind], number // 3))
        self.book_the_rest(period)
        if self.model.held_money(period) > 0:
            self.remit(period)
        for paid in self.model.payments:
            if paid.period == period and not paid.confirmed and not paid.withdrawn:
                self.confirm(paid)
        self.book_the_rest(period)
        self.close(period)
        if period not in self.model.closed:
            self.now += timedelta(days=1)
        return None

    @invariant()
    def product_and_model_agree(self) -> None:
        self.comparison.all(self.model)
        self.compared += 1
        if self.compared % CHECKS_EVERY == 0:
            assert not (broken := violated()), broken
