"""The bank's word from several sides at once: each line moves once, the books agree with it, and nobody dies of it."""

from functools import lru_cache

import pytest

from autodebit.actions import results, waves
from autodebit.actions.answers import answer_by_hand
from autodebit.actions.build import build
from autodebit.models import Attempt, Entry, FollowUp, HandAnswer, Obligation, ResultFile
from registry.actions import evidence
from registry.models import AuditEvent
from registry.rules.finding import Finding
from tests.autodebit.bookkeeping import a_paper, jateng
from tests.autodebit.payday import violations
from tests.autodebit.population import PERIOD
from tests.autodebit.together import together
from tests.month import (
    ANSWERED_AT,
    RETURNED_AT,
    an_operator,
    answer_file,
    answered_batch,
    applied,
    apply_file,
    approved,
    delivered_batch,
    done,
    handed_over,
    person,
    previewed,
    references,
    sealed,
)

WIDE = 20
ROUNDS = 5
AFTER_OBLIGATION = {"succeeded": "met", "failed": "unmet", "returned": "reopened"}


@pytest.fixture(autouse=True)
def one_paper_looked_at_once(monkeypatch):
    """The evidence is the same picture each time; decoding it costs a process."""
    monkeypatch.setattr(evidence, "inspect", lru_cache(evidence.inspect))
    evidence.look_at(a_paper())


@pytest.fixture
def operators(committed_db) -> list:
    return [person(f"operator{number}", "labour_operator") for number in range(WIDE)]


def requested(file: ResultFile) -> ResultFile:
    typed = results.figure_to_type(file)
    return done(results.request_apply(file_id=file.pk, typed_total=typed, by=an_operator(), now=ANSWERED_AT))


def by_hand(reference: str, outcome: str, by, code: str = "", now=ANSWERED_AT):
    attempt = Attempt.objects.get(reference=reference)
    return answer_by_hand(
        attempt_id=attempt.pk, outcome=outcome, code=code, reason="Surat bank contoh", evidence_file=a_paper(), by=by,
        now=now,
    )  # fmt: skip


def everything_agrees() -> None:
    """Every line, its obligation and its entries tell the same story."""
    for line in Attempt.objects.select_related("obligation").prefetch_related("entries"):
        kinds = sorted(entry.kind for entry in line.entries.all())
        assert kinds == {"succeeded": ["collected"], "returned": ["collected", "returned"]}.get(
            line.state, []
        )
        assert line.obligation.state == AFTER_OBLIGATION.get(line.state, "open")
    assert violations() == []


def test_the_same_bytes_uploaded_by_twenty_are_one_file(operators):
    batch = delivered_batch(3)
    data = answer_file(batch)

    def work(number: int):
        return results.receive(
            batch_id=batch.pk, format="result_csv", name="HASIL.csv", data=data, by=operators[number], now=ANSWERED_AT
        )  # fmt: skip

    assert len({file.pk for file in together(WIDE, work)}) == ResultFile.objects.count() == 1
    assert AuditEvent.objects.filter(event="result.received").count() == 1


def test_one_file_read_by_twenty_workers_is_read_once(operators):
    batch = delivered_batch(5)
    data = answer_file(batch)
    file = done(
        results.receive(
            batch_id=batch.pk, format="result_csv", name="H.csv", data=data, by=operators[0], now=ANSWERED_AT
        )
    )
    together(WIDE, lambda _: results.read_file(file_id=file.pk, now=ANSWERED_AT))
    file.refresh_from_db()
    assert (file.state, file.count, file.lines.count()) == ("previewed", 5, 5)
    assert AuditEvent.objects.filter(event="result.previewed").count() == 1


def test_one_file_applied_by_twenty_workers_moves_each_line_once(operators):
    batch = delivered_batch(6)
    words = dict(zip(references(batch), ["succeeded", "failed AM04", "failed AC04"] * 2, strict=True))
    file = requested(previewed(batch, answer_file(batch, words)))
    for _ in range(3):
        together(WIDE, lambda _: results.apply(file_id=file.pk, now=ANSWERED_AT))
    assert Entry.objects.filter(kind="collected").count() == 2
    assert AuditEvent.objects.filter(event="result.applied").count() == 1
    assert FollowUp.objects.filter(kind="hard_code").count() == 2
    everything_agrees()


def test_a_file_against_an_answer_by_hand_leaves_one_answer_of_each_line(operators):
    batch = delivered_batch(ROUNDS)
    for reference in references(batch):
        file = requested(
            previewed(batch, answer_file(batch, {reference: "succeeded"}), name=f"{reference}.csv")
        )

        def work(number: int, reference=reference, file=file):
            if number % 2:
                return by_hand(reference, "failed", operators[number], "AM04")
            return results.apply(file_id=file.pk, now=ANSWERED_AT)

        together(WIDE, work)
        file.refresh_from_db()
        told_by_hand = HandAnswer.objects.filter(attempt__reference=reference).count()
        state = Attempt.objects.get(reference=reference).state
        assert (file.state, told_by_hand, state) in (("applied", 0, "succeeded"), ("previewed", 1, "failed"))
    everything_agrees()


def test_twenty_answers_by_hand_of_two_kinds_leave_one(operators):
    batch = delivered_batch(ROUNDS)
    for reference in references(batch):
        answers = together(
            WIDE,
            lambda n, reference=reference: by_hand(reference, ("succeeded", "failed")[n % 2], operators[n]),
        )
        assert sum(isinstance(answer, HandAnswer) for answer in answers) == 1
    everything_agrees()


def test_files_that_contradict_each_other_about_a_line_are_not_both_believed(operators):
    """The later one finds the line moved and is shown anew; applied once more it becomes a task for a person."""
    batch = delivered_batch(ROUNDS)
    for reference in references(batch):
        words = ("succeeded", "failed AM04", "failed AC04", "failed MS03")
        files = [
            requested(previewed(batch, answer_file(batch, {reference: word}), name=f"{n}.csv"))
            for n, word in enumerate(words)
        ]
        together(
            WIDE, lambda n, files=files: results.apply(file_id=files[n % len(files)].pk, now=ANSWERED_AT)
        )
        states = sorted(
            ResultFile.objects.filter(pk__in=[f.pk for f in files]).values_list("state", flat=True)
        )
        assert states == ["applied", "previewed", "previewed", "previewed"]
    everything_agrees()
    late = ResultFile.objects.filter(state="previewed").first()
    apply_file(late)
    assert FollowUp.objects.filter(kind="contradiction", state="open").count() == 1


def test_silence_marked_while_the_answer_comes_in_never_loses_the_answer(operators):
    batch = delivered_batch(12)
    file = requested(previewed(batch, answer_file(batch, dict.fromkeys(references(batch)[:6], "succeeded"))))

    def work(number: int):
        if number % 2:
            return waves.mark_unknown(now=RETURNED_AT)
        return results.apply(file_id=file.pk, now=RETURNED_AT)

    together(WIDE, work)
    waves.mark_unknown(now=RETURNED_AT)
    answered = set(
        Attempt.objects.filter(reference__in=references(batch)[:6]).values_list("state", flat=True)
    )
    silent = set(Attempt.objects.filter(reference__in=references(batch)[6:]).values_list("state", flat=True))
    assert (answered, silent) == ({"succeeded"}, {"unknown"})
    assert FollowUp.objects.filter(kind="unknown_answer", state="open").count() == 6
    everything_agrees()


def test_a_late_answer_while_a_retry_wave_is_built_waits_or_goes_first(operators):
    """Both touch many obligations of the month at once; neither of them ends in a deadlock."""
    batch = answered_batch(60, ["failed AM04"] * 30 + ["pending"] * 30)
    waves.mark_unknown(now=RETURNED_AT)
    late = references(batch)[30:]
    file = requested(
        previewed(batch, answer_file(batch, dict.fromkeys(reversed(late), "failed AM04")), name="L.csv")
    )
    wave = done(waves.open_next(profile=jateng(), period=PERIOD, by=operators[0], now=RETURNED_AT))

    def work(number: int):
        if number % 2:
            return build(batch_id=wave.pk, now=RETURNED_AT)
        return results.apply(file_id=file.pk, now=RETURNED_AT)

    together(6, work)
    wave.refresh_from_db()
    assert wave.state == "frozen" and wave.count in (30, 60)
    assert set(Obligation.objects.values_list("state", flat=True)) == {"unmet"}
    assert violations() == []


def test_returns_of_one_line_from_twenty_sides_are_one_return(operators):
    batch = answered_batch(ROUNDS)
    for reference in references(batch):
        file = requested(
            previewed(batch, answer_file(batch, {reference: "returned MS03"}), name=f"{reference}.csv")
        )

        def work(number: int, reference=reference, file=file):
            if number % 2:
                return by_hand(reference, "returned", operators[number], "MS03", RETURNED_AT)
            return results.apply(file_id=file.pk, now=RETURNED_AT)

        answers = together(WIDE, work)
        assert Entry.objects.filter(kind="returned", attempt__reference=reference).count() == 1
        assert any(not isinstance(answer, Finding) for answer in answers)
    assert FollowUp.objects.filter(kind="late_return").count() == ROUNDS
    everything_agrees()


def test_two_waves_answered_crosswise_do_not_wait_for_each_other(operators):
    """Each file names a line of the other wave as well; all take the batches in one order."""
    first = answered_batch(4, ["succeeded", "succeeded", "failed AM04", "failed AM04"])
    second = done(waves.open_next(profile=jateng(), period=PERIOD, by=operators[0], now=ANSWERED_AT))
    done(build(batch_id=second.pk, now=ANSWERED_AT))
    second.refresh_from_db()
    when = {"now": ANSWERED_AT}
    second = handed_over(sealed(approved(second, **when), **when), **when)
    applied(second, name="H2.csv", now=RETURNED_AT)
    lines = [*references(first)[:2], *references(second)]
    files = [
        requested(
            previewed(
                batch, answer_file(batch, dict.fromkeys(named, "returned MS03")), name=f"{batch.wave}.csv"
            )
        )
        for batch, named in ((first, (lines[0], lines[2])), (second, (lines[3], lines[1])))
    ]
    together(WIDE, lambda n: results.apply(file_id=files[n % 2].pk, now=RETURNED_AT))
    assert Entry.objects.filter(kind="returned").count() == 4
    assert violations() == []


def test_an_answer_applied_while_it_is_refused_is_one_or_the_other(operators):
    batch = delivered_batch(ROUNDS)
    for reference in references(batch):
        file = requested(
            previewed(batch, answer_file(batch, {reference: "succeeded"}), name=f"{reference}.csv")
        )

        def work(number: int, file=file):
            if number % 2:
                return results.quarantine(
                    file_id=file.pk, reason="Salah bulan", by=operators[number], now=ANSWERED_AT
                )
            return results.apply(file_id=file.pk, now=ANSWERED_AT)

        together(WIDE, work)
        file.refresh_from_db()
        moved = Attempt.objects.get(reference=reference).state == "succeeded"
        assert file.state == ("applied" if moved else "quarantined")
    everything_agrees()
