"""One reading of one file from the bank: record after record, with flat memory, and what is wrong with it.

Whatever stands in such a file is data, so a fault is a finding and never an exception. Texts are cleaned here,
because the bank's own words end up on screens and in the journal.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Generic, TypeVar

from registry.rules.finding import Finding

Item = TypeVar("Item")

MOST_FINDINGS = 1_000
LONGEST_TEXT = 140
LONGEST_CODE = 10
LONGEST_REFERENCE = 35  # EndToEndId of ISO 20022

_ACCOUNT_LIKE = re.compile(r"\d(?:[ .-]?\d){7,}")
_NOT_IN_A_CODE = re.compile(r"[^0-9A-Z._-]")


class Unreadable(Exception):
    """Nothing more can be read of the file; `str()` is an Indonesian sentence for the user. Stays in the formats."""

    def __init__(self, message: str, number: int = 0) -> None:
        super().__init__(message)
        self.number = number


class Reading(Generic[Item]):
    """Iterable of records, exactly once; a second iteration raises RuntimeError. Findings grow meanwhile.

    findings   faults with the line or entry in `field`, at most MOST_FINDINGS of them
    faults     how many there were
    fatal      the file as a whole cannot be trusted, so nothing in it may be applied

    `records` is given the reading and yields; `unit` is what a record is called in the messages.
    """

    def __init__(self, records: Callable[..., Iterator[Item]], *, unit: str = "Baris") -> None:
        self.findings: list[Finding] = []
        self.faults = 0
        self.fatal = False
        self.unit = unit
        self._records = records
        self._begun = False

    def __iter__(self) -> Iterator[Item]:
        if self._begun:
            raise RuntimeError("a reading can be iterated once")
        self._begun = True
        try:
            yield from self._records(self)
        except Unreadable as fault:
            self.fail(str(fault), fault.number)

    def fault(self, code: str, message: str, number: int) -> None:
        """One record is not as it should be. `message` starts small and has no full stop."""
        self.faults += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(Finding(code, f"{self.unit} {number}: {message}.", str(number)))

    def fail(self, message: str, number: int = 0) -> None:
        """The whole file is not as it should be; the first such finding is always kept."""
        if self.fatal and len(self.findings) >= MOST_FINDINGS:
            self.faults += 1
            return
        place = f"{self.unit} {number}: " if number else ""
        self.findings[MOST_FINDINGS - 1 :] = []
        self.findings.append(Finding("file", place + message, str(number) if number else ""))
        self.faults += 1
        self.fatal = True


@lru_cache(maxsize=1024)
def clean_text(text: str) -> str:
    """The bank's words, printable, at most LONGEST_TEXT long, with everything that may be an account masked."""
    text = text[: 8 * LONGEST_TEXT]
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    masked = _ACCOUNT_LIKE.sub("****", " ".join(text.split()))
    return masked[:LONGEST_TEXT].rstrip()


@lru_cache(maxsize=1024)
def clean_code(text: str) -> str:
    """A reason code as it is looked up: capitals, no blanks, at most LONGEST_CODE long."""
    return _NOT_IN_A_CODE.sub("", text[:LONGEST_TEXT].upper())[:LONGEST_CODE]


def reference_fault(reference: str) -> str:
    """Why a reference cannot be one, without quoting it; "" when it can."""
    if not reference:
        return "nomor rujukan kosong"
    if len(reference) > LONGEST_REFERENCE or not reference.isprintable():
        return "nomor rujukan terlalu panjang atau memuat tanda yang tidak boleh"
    return ""


def looks_like(head: bytes) -> str:
    """What kind of file begins with these bytes, for a message that helps whoever chose the wrong one."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, kind in ((b"PK\x03\x04", "XLSX"), (b"%PDF", "PDF"), (b"<", "XML")):
        if start.startswith(mark):
            return kind
    # A single NUL is a fault of its line; two bytes for each letter have one in every second place.
    wide = head.startswith((b"\xff\xfe", b"\xfe\xff")) or 4 * head[:64].count(b"\x00") > len(head[:64])
    return "UTF-16 atau biner" if wide else "teks"
