"""Random acts of the office, played on the product and on the model of month_model: people, time, gate, ceremony.

Each rule asks the model whether the act is allowed, does it for real, and holds the answer against it.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from autodebit.actions import approval, batches, build, delivery, gate, sealing, waves
from autodebit.models import Attempt, BankProfile, Batch, SalaryConfirmation
from registry.models import City, Donor, Opd, RoleAssignment, User
from registry.rules.finding import Finding
from sponsorship.actions.ending import revoke
from sponsorship.models import MandateLineage
from tests.autodebit import month_model as paper
from tests.autodebit.bookkeeping import a_paper
from tests.autodebit.month_compare import Comparison
from tests.autodebit.month_model import PERIODS, WIB, Model, Wave, cutoff
from tests.autodebit.population import MandateSpec, WorkerSpec, make_mandates, make_staff

OFFICES = ("DISDIK", "DINKES")
OPERATORS = ("operator1", "operator2")
APPROVERS = ("penyetuju1", "penyetuju2", "penyetuju3")
REASON = "Alasan contoh"
FIRST_MOMENT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LAST_MOMENT = datetime(2027, 2, 20, 3, 0, tzinfo=UTC)

pick = st.integers(0, 59)


class Month(RuleBasedStateMachine):
    """What every part needs: the clock, the people, the model, and one transaction that is thrown away."""

    def __init__(self) -> None:
        super().__init__()
        self.example = transaction.atomic()
        self.example.__enter__()
        try:
            self.comparison = Comparison()
            self.model, self.now = Model(), FIRST_MOMENT
            self.profile = BankProfile.objects.get(bank_id="113")
            self.staff = {name: make_staff(name, "labour_operator") for name in OPERATORS}
            self.staff |= {name: make_staff(name, "labour_approver") for name in APPROVERS}
            self.treasurers = {code: _treasurer(code) for code in OFFICES}
        except BaseException:
            self.teardown()
            raise

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.example.__exit__(None, None, None)

    @property
    def today(self):
        return self.now.astimezone(WIB).date()

    @property
    def operator(self) -> User:
        return self.staff[OPERATORS[0]]

    def agree(self, answer: Any, allowed: bool) -> None:
        """The product did it exactly when the model says that it may be done."""
        did = not isinstance(answer, (Finding, tuple)) and answer is not None
        assert did == allowed, f"the model says {'yes' if allowed else 'no'}, the product {answer!r}"

    def waves_in(self, *states: str) -> list[Wave]:
        return [wave for wave in self.model.waves if wave.state in states]


def one(things: list, number: int) -> Any:
    return things[number % len(things)]


def _treasurer(code: str) -> User:
    user = User.objects.create(username=f"bendahara-{code}", full_name=f"Contoh Bendahara {code}")
    RoleAssignment.objects.create(user=user, role="opd_treasurer", opd=Opd.objects.get(code=code))
    return user


class People(Month):
    """Donors come and go, time goes on."""

    @precondition(lambda self: len(self.model.donors) < 8)
    @rule(number=pick)
    def new_donor(self, number: int) -> None:
        start = next((period for period in PERIODS if cutoff(period) > self.now), None)
        if start is None:
            return
        workers, office = 1 + number % 2, one(OFFICES, number // 2)
        spec = MandateSpec(
            verified_at=self.now,
            signed_on=self.today,
            start_period=start,
            opd=office,
            ceiling=16_800 * (workers + 1),
            workers=[WorkerSpec(start_period=start) for _ in range(workers)],
        )
        (mandate,) = make_mandates([spec])
        donor = paper.Donor(str(mandate.lineage_id), office, start, self.now, [], room=workers + 1)
        self.model.donors.append(donor)
        for promise in mandate.lineage.sponsorships.order_by("position"):
            self.model.joins(donor, str(promise.pk), self.now)

    @precondition(lambda self: len(self.model.donors) > 2)
    @rule(number=pick, really=st.sampled_from([False, False, True]))
    def a_donor_revokes(self, number: int, really: bool) -> None:
        if not really:  # often enough with every third
            return
        donor = one(self.model.donors, number)
        person = Donor.objects.get(pk=MandateLineage.objects.get(pk=donor.key).donor_id)
        self.agree(revoke(by=person, now=self.now), donor.state != "cancelled")
        donor.state = "cancelled"

    @precondition(lambda self: self.now < LAST_MOMENT)
    @rule(hours=st.sampled_from([1, 5, 20, 30, 54]))
    def time_goes_on(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    def to_the_next_month(self) -> None:
        ahead = [cutoff(period) for period in PERIODS if cutoff(period) > self.now]
        self.now = (ahead[0] if ahead else self.now).astimezone(UTC) + timedelta(hours=1)


class Gate(People):
    """The salary gate: on or off, treasurers, the office's decisions."""

    @rule(on=st.sampled_from([True, False, False]))
    def the_policy_changes(self, on: bool) -> None:
        City.objects.update(salary_gate="per_opd" if on else "off")
        self.model.gate_on = on

    @precondition(lambda self: self.model.gate_on)
    @rule(number=pick)
    def a_treasurer_confirms(self, number: int) -> None:
        self.salary_landed(one(OFFICES, number), one(PERIODS, number // 2))

    def salary_landed(self, office: str, period: str) -> None:
        near = self.today >= paper.first_day(period) - timedelta(days=7)
        said = gate.confirm(
            opd_id=self.opd(office),
            period=period,
            landed_on=self.today,
            by=self.treasurers[office],
            now=self.now,
        )
        self.agree(said, near)
        if near:
            self.model.landed.add((office, period))

    @precondition(lambda self: self.model.landed)
    @rule(number=pick)
    def a_treasurer_takes_it_back(self, number: int) -> None:
        office, period = one(sorted(self.model.landed), number)
        word = SalaryConfirmation.objects.get(opd__code=office, period=period, withdrawn_at=None)
        in_file = any(
            line.debt.donor.office == office and line.state != "released"
            for wave in self.model.waves
            if wave.period == period and wave.state in ("sealed", *paper.WITH_BANK)
            for line in wave.lines
        )
        answer = gate.withdraw(confirmation_id=word.pk, by=self.treasurers[office], now=self.now)
        self.agree(answer, not in_file)
        if not in_file:
            self.model.landed.discard((office, period))

    @precondition(lambda self: self.model.gate_on and self.model.waves)
    @rule(number=pick, decision=st.sampled_from(["wait", "skip"]))
    def the_office_decides(self, number: int, decision: str) -> None:
        office, period = one(OFFICES, number), one(self.model.waves, number // 2).period
        noon = datetime.combine(paper.payday(period), datetime.min.time(), WIB) + timedelta(hours=12)
        key = (office, period)
        allowed = self.now >= noon and key not in self.model.skipped | self.model.landed
        allowed = allowed and any(self.waits_for_salary(debt, office) for debt in self.model.of_month(period))
        answer = gate.decide(
            opd_id=self.opd(office),
            period=period,
            decision=decision,
            reason=REASON,
            by=self.operator,
            now=self.now,
        )
        self.agree(answer, allowed)
        if allowed:
            self.model.decided.add(key)
            if decision == "skip":
                self.model.skipped.add(key)
                self.model.skip_freed({office}, period)

    def waits_for_salary(self, debt: paper.Debt, office: str) -> bool:
        if debt.donor.office != office or debt.state != "planned" or not debt.lines:
            return False
        last = debt.lines[-1]
        return last.state == "released" or last.wave.state in ("open", "frozen", "approved")

    def opd(self, code: str) -> int:
        return Opd.objects.get(code=code).pk

    @precondition(lambda self: self.model.gate_on and self.waves_in("frozen"))
    @rule(number=pick)
    def a_batch_is_narrowed(self, number: int) -> None:
        self.narrow(one(self.waves_in("frozen"), number), one(OPERATORS, number // 7))

    def narrow(self, wave: Wave, name: str) -> None:
        held = self.model.held(wave)
        day = wave.day if self.today <= wave.day else paper.debit_day(wave.period, self.today)
        allowed = bool(held) and len(held) < wave.count and day is not None
        self.agree(gate.narrow(batch_id=wave.pk, by=self.staff[name], now=self.now), allowed)
        if allowed:
            self.model.narrow(wave, name, self.today)


class Ceremony(Gate):
    """From the wish for a batch to the bank's hands."""

    @precondition(lambda self: self.model.month_due(self.now) or not self.model.waves)
    @rule()
    def the_schedule_opens(self) -> None:
        period = self.model.month_due(self.now)
        batch = batches.open_due(now=self.now)
        self.agree(batch, period is not None)
        if batch:
            assert batch.period == period
            self.model.waves.append(Wave(period, 1, batch.pk))
            self.fill(self.model.waves[-1])

    @precondition(lambda self: any(wave.state in paper.GONE for wave in self.model.waves))
    @rule(number=pick)
    def the_first_wave_is_opened_again_by_hand(self, number: int) -> None:
        period = one(self.waves_in(*paper.GONE), number).period
        known = next((w for w in self.model.standing(period) if w.number == 1), None)
        allowed = paper.debit_day(period, self.today) is not None
        name = one(OPERATORS, number)
        batch = batches.open_by_hand(profile=self.profile, period=period, by=self.staff[name], now=self.now)
        self.agree(batch, bool(known) or allowed)
        if known:
            assert batch.pk == known.pk
        elif allowed:
            self.model.waves.append(Wave(period, 1, batch.pk, makers={name}))

    @precondition(lambda self: self.model.waves)
    @rule(number=pick)
    def a_further_wave_is_asked_for(self, number: int) -> None:
        period, name = one(self.model.waves, number).period, one(OPERATORS, number)
        standing = self.model.standing(period)
        there = [wave for wave in standing if wave.state not in paper.WITH_BANK]
        known = there[-1] if there and max(wave.number for wave in there) > 1 else None
        allowed = self.model.may_open_next(period, self.now)
        batch = waves.open_next(profile=self.profile, period=period, by=self.staff[name], now=self.now)
        self.agree(batch, allowed or known is not None)
        if allowed:
            number = max(wave.number for wave in standing) + 1
            self.model.waves.append(Wave(period, number, batch.pk, makers={name}))

    @precondition(lambda self: self.waves_in("open"))
    @rule(number=pick)
    def a_worker_builds(self, number: int) -> None:
        self.fill(one(self.waves_in("open"), number))

    def fill(self, wave: Wave) -> None:
        allowed = self.model.may_freeze(wave, self.now)
        self.agree(build.build(batch_id=wave.pk, now=self.now), allowed)
        if not allowed:
            # An empty first wave waits for somebody to debit; an empty further one is dropped.
            wave.state = "open" if wave.number == 1 else "voided"
            return
        self.model.freeze(wave, self.now)
        references = dict(
            Attempt.objects.filter(batch=wave.pk, revision=wave.revision).values_list(
                "obligation__lineage", "reference"
            )
        )
        wanted = sorted(line.debt.donor.key for line in wave.now_in)
        assert sorted(map(str, references)) == wanted, "lines of other donors than the model's"
        by_donor = {str(lineage): reference for lineage, reference in references.items()}
        for line in wave.now_in:
            line.reference = by_donor[line.debt.donor.key]

    @precondition(lambda self: self.waves_in("frozen", "approved"))
    @rule(number=pick, stale=st.sampled_from([False, False, False, True]))
    def somebody_approves(self, number: int, stale: bool) -> None:
        wave = one(self.waves_in("frozen", "approved"), number)
        self.approve(wave, one([*APPROVERS, *OPERATORS], number // 5), stale)

    def approve(self, wave: Wave, name: str, stale: bool = False) -> None:
        batch = Batch.objects.get(pk=wave.pk)
        allowed = wave.state == "frozen" and not stale and name in APPROVERS and name not in wave.yes
        allowed = allowed and name not in wave.makers and not self.model.held(wave)
        allowed = allowed and not self.model.disputed(wave)
        answer = approval.approve(
            batch_id=wave.pk,
            revision=wave.revision - stale,
            content_hash=batch.content_hash,
            typed_total=wave.total,
            by=self.staff[name],
            now=self.now,
        )
        self.agree(answer, allowed)
        if allowed:
            wave.yes.append(name)
            if len(wave.yes) == 2:
                wave.state = "approved"
                for line in wave.now_in:
                    line.state = "approved"

    @precondition(lambda self: self.model.waves)
    @rule(number=st.integers(0, 5))
    def somebody_reopens(self, number: int) -> None:
        self.reopen(one(self.model.waves, number), one(OPERATORS, number // 3))

    def reopen(self, wave: Wave, name: str) -> None:
        allowed = wave.state in ("frozen", "approved")
        answer = approval.reopen(batch_id=wave.pk, reason=REASON, by=self.staff[name], now=self.now)
        self.agree(answer, allowed)
        if allowed:
            self.model.reopen(wave, name)

    @precondition(lambda self: self.waves_in("approved", "frozen"))
    @rule(number=pick)
    def a_batch_is_sealed(self, number: int) -> None:
        self.seal(one(self.waves_in("approved", "frozen"), number))

    def seal(self, wave: Wave) -> None:
        asked = sealing.request_seal(batch_id=wave.pk, by=self.operator, now=self.now)
        self.agree(asked, wave.state == "approved")
        if wave.state == "approved":
            allowed = not self.model.held(wave) and not self.model.disputed(wave) and wave.day >= self.today
            self.agree(sealing.seal(batch_id=wave.pk, now=self.now), allowed)
            wave.state = "sealed" if allowed else "approved"

    @precondition(lambda self: self.waves_in("sealed", "delivered"))
    @rule(number=pick)
    def a_batch_is_handed_over(self, number: int) -> None:
        self.hand_over(one(self.waves_in("sealed", "delivered"), number))

    def hand_over(self, wave: Wave) -> None:
        allowed = wave.state == "sealed"
        answer = delivery.hand_over(
            batch_id=wave.pk, channel="portal", receiver="Contoh Petugas Bank", handed_at=self.now, by=self.operator,
            now=self.now,
        )  # fmt: skip
        self.agree(answer, allowed)
        if allowed:
            self.model.hand_over(wave, self.today)

    @precondition(lambda self: self.waves_in("sealed"))
    @rule(number=pick)
    def voiding_is_asked_for_or_confirmed(self, number: int) -> None:
        wave, name = one(self.waves_in("sealed"), number), one([*OPERATORS, *APPROVERS], number // 3)
        said = {"batch_id": wave.pk, "by": self.staff[name], "now": self.now}
        if number % 2 or not wave.void_by:
            self.agree(delivery.request_void(reason=REASON, **said), True)
            wave.void_by = wave.void_by or name
        else:
            allowed = wave.void_by != name
            self.agree(delivery.confirm_void(**said), allowed)
            if allowed:
                self.model.release(wave.now_in)
                wave.state = "voided"

    @precondition(lambda self: self.waves_in("delivered", "sealed"))
    @rule(number=pick)
    def the_bank_refuses_the_whole_file(self, number: int) -> None:
        wave = one(self.waves_in("delivered", "sealed"), number)
        allowed = wave.state == "delivered" and all(line.state in ("sent", "unknown") for line in wave.now_in)
        allowed = allowed and not any(task.line.wave is wave for task in self.model.disputes())
        answer = delivery.refuse(
            batch_id=wave.pk, reason=REASON, evidence=a_paper(), by=self.operator, now=self.now
        )
        self.agree(answer, allowed)
        if allowed:
            self.model.refuse(wave)

    @precondition(lambda self: self.waves_in("delivered"))
    @rule()
    def silence_becomes_unknown(self) -> None:
        marked = {batch.pk for batch in waves.mark_unknown(now=self.now)}
        for wave in self.waves_in("delivered"):
            silent = [line for line in wave.now_in if line.state == "sent"]
            third = paper.working_day(wave.handed_on, 3)
            if wave.pk in marked:
                assert self.today >= third, "silence was called unknown before the bank's time was over"
                for line in silent:
                    line.state = "unknown"
                    self.model.ask("unknown_answer", line)
            elif silent:
                last = max(third, paper.working_day(paper.payday(wave.period), 1))
                assert self.today <= last, "the bank's time is over and silence is not called unknown"
