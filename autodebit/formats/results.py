"""What a bank answers to a debit file, whatever the format of the answer. Amounts are whole rupiah.

A format of RESULTS is a module with

    layout_findings(layout)             faults of the layout itself
    read(data, layout)                  returns a ResultReading; nothing is read before it is iterated
    hand_back(data, layout, numbers)    the records with these numbers, as a file of the same layout
    CONTENT_TYPE, EXTENSION             how such a file is served
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from autodebit.formats.reading import Reading

OUTCOMES = ("succeeded", "failed", "returned", "pending")


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of a result. Our reference is the only key to what it is about.

    number      line of a text or sheet, counted from 1 with opening and titles; ordinal of the entry in XML
    reference   as written, trimmed; "" when absent
    outcome     one of OUTCOMES; "pending" when the bank has not decided yet, "" when the line is unreadable
    code        the bank's reason, capitals, at most 10; "" for success
    amount      None when the format states none
    text        the bank's own words, at most 140, without account numbers
    """

    number: int
    reference: str
    outcome: str
    code: str
    amount: int | None
    booked_on: date | None
    text: str


@dataclass(frozen=True)
class ResultHead:
    """What the file says about itself; "", () or None where it says nothing.

    `answers_to` holds our own message ids. `whole_file` is "accepted" or "rejected" when the bank speaks of the
    whole file and of no single line, with its reason in `whole_file_code`.
    """

    message_id: str = ""
    answers_to: tuple[str, ...] = ()
    whole_file: str = ""
    whole_file_code: str = ""
    stated_count: int | None = None
    stated_total: int | None = None


class ResultReading(Reading[Answer]):
    """Answers, exactly once, with flat memory. `head` is complete after the iteration.

    count, total   lines read, faulty ones included, and the sum of the amounts they state
    """

    def __init__(self, records: Callable[..., Iterator[Answer]], *, unit: str = "Baris") -> None:
        super().__init__(records, unit=unit)
        self.head = ResultHead()
        self.count = 0
        self.total = 0

    def __iter__(self) -> Iterator[Answer]:
        for answer in super().__iter__():
            self.count += 1
            if answer.amount is not None:
                self.total += answer.amount
            yield answer

    def check_sums(self, count: int | None, total: int | None) -> None:
        """What the file states of itself must be what was read. To be called behind the last record."""
        if count is not None and count != self.count:
            self.fail("Banyaknya baris yang disebut berkas tidak sama dengan isinya; minta berkas yang utuh.")
        if total is not None and total != self.total:
            self.fail("Jumlah rupiah yang disebut berkas tidak sama dengan isinya; minta berkas yang utuh.")
