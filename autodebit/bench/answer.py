"""A bank's answer to a whole sealed batch, read and applied in a worker: one line in twenty has no funds."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

from autodebit.actions import delivery, results
from autodebit.bench.worker import Measured, in_a_worker
from autodebit.models import Batch, ResultFile
from autodebit.queries import lines_of
from registry.models import User

FORMAT = "result_csv"
NO_FUNDS, ONE_IN = "AM04", 20


def applied(batch: Batch, by: User, at: datetime) -> tuple[Measured, Measured]:
    """Hands over a batch sealed at `at`, and has its answer read and applied. Raises RuntimeError."""
    accepted(
        delivery.hand_over(
            batch_id=batch.pk, channel="portal", receiver="Contoh Petugas Bank", handed_at=at, by=by, now=at
        )
    )
    answered_at = datetime.combine(batch.collection_date + timedelta(days=1), time(3), UTC)
    name, data = "HASIL.csv", answer_to(batch)
    file = accepted(
        results.receive(batch_id=batch.pk, format=FORMAT, name=name, data=data, by=by, now=answered_at)
    )
    read = in_a_worker("read", file.pk, answered_at)
    file = ResultFile.objects.get(pk=file.pk)
    typed = results.figure_to_type(file)
    accepted(results.request_apply(file_id=file.pk, typed_total=typed, by=by, now=answered_at))
    done = in_a_worker("apply", file.pk, answered_at)
    file.refresh_from_db()
    if file.state != "applied":
        raise RuntimeError(f"The answer is {file.state}. {file.note}")
    return read, done


def answer_to(batch: Batch) -> bytes:
    """In the delimited layout of the batch's profile."""
    layout = batch.profile.results[FORMAT]
    end = layout["line_end"]
    rows = [layout["delimiter"].join(row) + end for row in _rows(batch, layout)]
    return "".join(rows).encode(layout["encoding"])


def _rows(batch: Batch, layout: dict[str, Any]) -> Iterator[list[str]]:
    words = {outcome: word for word, outcome in layout["outcomes"].items()}
    booked = batch.collection_date.strftime(layout["date_format"])
    head = {
        "answers_to": batch.files.order_by("format", "part")[0].message_id,
        "message_id": "CONTOH-HASIL",
        "count": str(batch.count),
        "total": str(batch.total),
    }
    if layout.get("opening"):
        yield [_cell(column, head) for column in layout["opening"]]
    if layout.get("titles"):
        yield [column["title"] for column in layout["columns"]]
    lines = lines_of(batch).values_list("reference", "amount").iterator(chunk_size=10_000)
    for number, (reference, amount) in enumerate(lines):
        failed = number % ONE_IN == 0
        cells = {
            "reference": reference,
            "amount": str(amount),
            "outcome": words["failed" if failed else "succeeded"],
            "code": NO_FUNDS if failed else "",
            "booked_on": booked,
        }
        yield [_cell(column, cells) for column in layout["columns"]]
    if layout.get("trailer"):
        yield [_cell(column, head) for column in layout["trailer"]]


def _cell(column: dict[str, Any], cells: dict[str, str]) -> str:
    return column.get("constant", cells.get(column.get("source", ""), ""))


def accepted(answer: Any) -> Any:
    """What an action answered, which must not be a refusal. Raises RuntimeError with its words."""
    if hasattr(answer, "message"):
        raise RuntimeError(answer.message)
    return answer
