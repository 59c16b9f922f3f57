"""What SQL says about all lines at once is what the rule says about each of them, over a made-up population."""

import itertools

import pytest
from django.db import connection

from autodebit.models import Attempt, BankProfile, Batch, ResultLine
from autodebit.rules.lifecycle import ATTEMPT
from autodebit.rules.matching import Sent, Verdict, verdict
from registry.models import Bank
from tests.month import Said, delimited_answer, delivered_batch, message_id_of, previewed

pytestmark = pytest.mark.django_db
STATES = ATTEMPT.values()
WORDS = [
    Said("succeeded"),
    Said("succeeded", amount=1),
    Said("failed", "AM04"),
    Said("failed", "AC04"),
    Said("returned", "MD06"),
    Said("pending"),
]
# Several lines for one reference: the same twice, another code, another amount, another outcome.
PAIRS = [(0, 0), (2, 2), (2, 3), (0, 1), (0, 4), (5, 0), (4, 4)]


def placed() -> tuple[Batch, list[Attempt]]:
    """Lines in every state (failed ones with a code) of the answered batch, of another batch, and of another bank."""
    answered = delivered_batch(len(STATES) * 3)
    lines = list(answered.attempts.order_by("reference"))
    bank = Bank.objects.create(code="998", name="Bank Rekaan", legal_name="Bank Rekaan", bic="REKAIDJ1")
    theirs = BankProfile.objects.create(bank=bank, creditor_name="X", creditor_account="1", creditor_id="X")
    elsewhere = [
        Batch.objects.create(profile=profile, period="2026-11", collection_date="2026-11-02")
        for profile in (answered.profile, theirs)
    ]
    homes = [answered, *elsewhere]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # The product never moves a line to another batch; the test needs one in each place and state.
        cursor.execute("ALTER TABLE autodebit_attempt DISABLE TRIGGER USER")
        for line, (home, state) in zip(lines, itertools.product(homes, STATES), strict=True):
            code = "AM04" if state == "failed" else ""
            cursor.execute(
                "UPDATE autodebit_attempt SET batch_id = %s, state = %s, code = %s WHERE id = %s",
                [home.pk, state, code, line.pk],
            )
        cursor.execute("ALTER TABLE autodebit_attempt ENABLE TRIGGER USER")
    return answered, list(Attempt.objects.select_related("batch").order_by("reference"))


def expected(
    answered: Batch, known: dict[str, Attempt], spoken: list[tuple[str, Said, int]]
) -> list[Verdict]:
    said = {}
    for reference, word, asked in spoken:
        said.setdefault(reference, []).append(
            (word.outcome, word.code, asked if word.amount is None else word.amount)
        )
    meanings, seen = [], set()
    for reference, word, asked in spoken:
        line = known.get(reference)
        sent = line and Sent(
            line.state,
            line.code,
            line.amount,
            same_bank=line.batch.profile_id == answered.profile_id,
            same_batch=line.batch_id == answered.pk,
        )
        meanings.append(
            verdict(
                word.outcome,
                word.code,
                asked if word.amount is None else word.amount,
                sent,
                first_of_reference=reference not in seen,
                agrees_in_file=len(set(said[reference])) == 1,
            )
        )
        seen.add(reference)
    return meanings


def meanings_in_sql(answered: Batch, spoken: list[tuple[str, Said, int]]) -> list[str]:
    layout = answered.profile.results["result_csv"]
    data = delimited_answer(layout, spoken, answers_to=message_id_of(answered) or "")
    file = previewed(answered, data)
    assert file.state == "previewed", file.reason
    lines = ResultLine.objects.filter(file=file).order_by("number")
    meanings = list(lines.values_list("verdict", flat=True))
    for verdict_, sums in file.summary.items():
        if verdict_ in set(Verdict):
            assert sums["count"] == meanings.count(verdict_)
    return meanings


def test_sql_and_rule_agree_about_every_line_alone_and_doubled():
    answered, lines = placed()
    known = {line.reference: line for line in lines}
    found = set()
    rounds = [[(reference, word, 8_400) for reference in (*known, "TIDAKDIKENAL0001")] for word in WORDS]
    rounds += [
        [(reference, WORDS[which], 8_400) for reference in (*known, "TIDAKDIKENAL0001") for which in pair]
        for pair in PAIRS
    ]
    for spoken in rounds:
        meant = expected(answered, known, spoken)
        assert meanings_in_sql(answered, spoken) == meant
        found |= set(meant)
    assert found == set(Verdict) - {Verdict.UNREADABLE}


def test_a_line_that_cannot_be_read_says_nothing_about_its_reference():
    answered = delivered_batch(1)
    reference = answered.attempts.get().reference
    layout = answered.profile.results["result_csv"]
    twice = [(reference, Said("succeeded"), 8_400)] * 2
    data = delimited_answer(layout, twice, answers_to=message_id_of(answered) or "")
    file = previewed(answered, data.replace(b"BERHASIL", b"??", 1))
    assert list(file.lines.order_by("number").values_list("verdict", flat=True)) == ["unreadable", "applies"]
    assert verdict("", "", 8_400, None, first_of_reference=True, agrees_in_file=True) == Verdict.UNREADABLE


def test_a_line_of_another_bank_is_not_shown_as_ours():
    answered, lines = placed()
    foreign = next(line for line in lines if line.batch.profile_id != answered.profile_id)
    meanings_in_sql(answered, [(foreign.reference, Said("returned"), 8_400)])
    assert ResultLine.objects.get().attempt is None
