"""A collection month walked by the real actions: a batch frozen, approved, sealed, handed over, answered.

People and mandates are those of tests.autodebit.population; every step can be taken alone, each returns the batch.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from autodebit.actions import delivery, results
from autodebit.actions.approval import approve
from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.actions.sealing import request_seal, seal
from autodebit.models import Attempt, Batch, ResultFile
from autodebit.queries import lines_of
from registry.models import User
from tests.autodebit.population import AFTER, MandateSpec, make_mandates, make_staff

SEALED_AT = AFTER + timedelta(hours=1)
HANDED_AT = AFTER + timedelta(hours=2)
ANSWERED_AT = datetime(2026, 12, 2, 3, 0, tzinfo=UTC)  # Wednesday, 10.00 WIB, the day after payday
RETURNED_AT = datetime(2026, 12, 7, 3, 0, tzinfo=UTC)
BOOKED_ON = date(2026, 12, 1)


@dataclass(frozen=True)
class Said:
    """What the bank says of one line. `amount` None: exactly what was asked for."""

    outcome: str
    code: str = ""
    amount: int | None = None
    booked_on: date = BOOKED_ON


def person(name: str, role: str) -> User:
    """The member of staff of this name, made on first use (the fixtures `operator` and `approvers` are the same)."""
    return User.objects.filter(username=name).first() or make_staff(name, role)


def an_operator() -> User:
    return person("operator", "labour_operator")


def two_approvers() -> tuple[User, User]:
    return person("penyetuju1", "labour_approver"), person("penyetuju2", "labour_approver")


def frozen_batch(donors: int | Sequence[MandateSpec] = 3, *, now: datetime = AFTER) -> Batch:
    """The first wave of December 2026 for so many donors, or for these; 0 when the mandates are there already."""
    specs = [MandateSpec() for _ in range(donors)] if isinstance(donors, int) else donors
    if specs:
        make_mandates(specs)
    return done(build(batch_id=open_due(now=now).pk, now=now))


def approved(batch: Batch, *, now: datetime = AFTER) -> Batch:
    seen = {"revision": batch.revision, "content_hash": batch.content_hash}
    for approver in two_approvers():
        batch = done(approve(batch_id=batch.pk, by=approver, now=now, typed_total=batch.total, **seen))
    return batch


def sealed(batch: Batch, *, now: datetime = SEALED_AT) -> Batch:
    done(request_seal(batch_id=batch.pk, by=an_operator(), now=now))
    return done(seal(batch_id=batch.pk, now=now))


def handed_over(batch: Batch, *, now: datetime = HANDED_AT) -> Batch:
    return done(
        delivery.hand_over(
            batch_id=batch.pk, channel="portal", receiver="Contoh Petugas Bank", receipt="TT-001", note="",
            handed_at=now, by=an_operator(), now=now,
        )
    )  # fmt: skip


def sealed_batch(donors: int | Sequence[MandateSpec] = 3) -> Batch:
    return sealed(approved(frozen_batch(donors)))


def delivered_batch(donors: int | Sequence[MandateSpec] = 3) -> Batch:
    """The bank has the files: the lines are `sent`, the obligations `open`."""
    return handed_over(sealed_batch(donors))


def references(batch: Batch) -> list[str]:
    return list(lines_of(batch).values_list("reference", flat=True))


def answer_file(
    batch: Batch,
    answers: Mapping[str, str | Said] | None = None,
    format: str = "result_csv",
    *,
    answers_to: str | None = None,
) -> bytes:
    """A bank's answer in the profile's own delimited layout, in the order given.

    `answers`: reference -> "succeeded", "failed AM04", "returned MD06", "pending", or Said; None: every line succeeded.
    References that are not ours are written as they are (amount 16800 unless Said). `answers_to`: instead of the number
    of our file.
    """
    layout = batch.profile.results[format]
    spoken = dict.fromkeys(references(batch), "succeeded") if answers is None else answers
    amounts = dict(Attempt.objects.filter(reference__in=list(spoken)).values_list("reference", "amount"))
    lines = [(reference, _said(word)) for reference, word in spoken.items()]
    return delimited_answer(
        layout,
        [(reference, said, amounts.get(reference, 16_800)) for reference, said in lines],
        answers_to=message_id_of(batch) if answers_to is None else answers_to,
    )


def delimited_answer(layout: dict, lines: Sequence[tuple[str, Said, int]], *, answers_to: str) -> bytes:
    """(reference, what is said, amount asked for) for each line, as the layout writes them."""
    words = {outcome: word for word, outcome in layout["outcomes"].items() if word != "*"}
    total = sum(asked if said.amount is None else said.amount for _, said, asked in lines)
    ends = {"answers_to": answers_to, "message_id": "HASIL-1", "count": str(len(lines)), "total": str(total)}
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=layout["delimiter"], lineterminator=layout["line_end"])
    if layout.get("opening"):
        writer.writerow([_end(column, ends) for column in layout["opening"]])
    if layout.get("titles"):
        writer.writerow([column["title"] for column in layout["columns"]])
    for reference, said, asked in lines:
        cells = {
            "reference": reference,
            "outcome": words[said.outcome],
            "code": said.code,
            "amount": str(asked if said.amount is None else said.amount),
            "booked_on": said.booked_on.strftime(layout["date_format"]),
        }
        writer.writerow([cells.get(column["source"], "") for column in layout["columns"]])
    if layout.get("trailer"):
        writer.writerow([_end(column, ends) for column in layout["trailer"]])
    return out.getvalue().encode(layout["encoding"])


def message_id_of(batch: Batch) -> str:
    """The number of our first file of the batch, which the bank's answer names."""
    return batch.files.order_by("format", "part").values_list("message_id", flat=True).first()


def received(
    batch: Batch,
    data: bytes,
    *,
    format: str = "result_csv",
    name: str = "HASIL.csv",
    now: datetime = ANSWERED_AT,
) -> ResultFile:
    """Uploaded and kept, not read yet."""
    operator = an_operator()
    return done(results.receive(batch_id=batch.pk, format=format, name=name, data=data, by=operator, now=now))


def previewed(batch: Batch, data: bytes, **how) -> ResultFile:
    """Uploaded and read: the person sees the figures (or why the file is refused)."""
    file = received(batch, data, **how)
    return done(results.read_file(file_id=file.pk, now=how.get("now", ANSWERED_AT)))


def apply_file(file: ResultFile, *, now: datetime = ANSWERED_AT) -> ResultFile:
    """The typed figure, then the worker's part."""
    typed = results.figure_to_type(file)
    done(results.request_apply(file_id=file.pk, typed_total=typed, by=an_operator(), now=now))
    return done(results.apply(file_id=file.pk, now=now))


def applied(
    batch: Batch, answers: Mapping[str, str | Said] | None = None, *, now: datetime = ANSWERED_AT, **how
) -> ResultFile:
    """The bank's answer to these lines (see answer_file; None: every line succeeded), applied."""
    return apply_file(previewed(batch, answer_file(batch, answers), now=now, **how), now=now)


def answered_batch(
    donors: int | Sequence[MandateSpec] = 3, said: Sequence[str | Said] | None = None
) -> Batch:
    """A delivered batch whose lines were answered, in the order of their references; None: all succeeded."""
    batch = delivered_batch(donors)
    applied(batch, None if said is None else dict(zip(references(batch), said, strict=False)))
    batch.refresh_from_db()
    return batch


def done(answer):
    """What an action answered, which must not be a refusal."""
    assert getattr(answer, "pk", None), answer
    return answer


def _said(word: str | Said) -> Said:
    if isinstance(word, Said):
        return word
    outcome, _, code = word.partition(" ")
    return Said(outcome, code)


def _end(column: dict, values: dict[str, str]) -> str:
    return column["constant"] if "constant" in column else values.get(column["source"], "")
