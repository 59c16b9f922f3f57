"""What every bank file carries, whatever its format: the lines, the head, the sums and the fitting of texts.

All of it is pure: times, message ids and layouts are given, so the same input gives the same bytes.
Amounts are whole rupiah. Accounts and references are texts; leading zeros belong to them.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import cache
from hashlib import sha256
from typing import Any, BinaryIO, Self

from registry.rules.finding import Finding

Layout = Mapping[str, Any]

# Western Indonesian time has no daylight saving; a fixed offset keeps the formats free of the zone database.
WIB = timezone(timedelta(hours=7), "WIB")

REFERENCE = re.compile(r"[0-9A-Z][0-9A-Z-]{0,34}")
MANDATE_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z./-]{0,34}")
ACCOUNT = re.compile(r"[0-9]{1,34}")
SHORT_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,34}")
BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?")
BANK_CODE = re.compile(r"[0-9]{3}")
_PLACEHOLDER = re.compile(r"\{(?P<name>bank|period|wave|part)(?:(?<=wave|part):0[1-9]d)?\}")
FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,119}")

# ISO 4217 counts rupiah in two decimals and ISO 20022 amounts have 18 digits; 15 are left for whole rupiah.
LARGEST_AMOUNT = 10**15 - 1

# Characters that must never stand in a text: spreadsheets start formulas with them or split columns at them.
NEVER_IN_TEXT = frozenset('=@,;|"\t\r\n\\')
_FORMULA_STARTS = "=+-@\t\r"
_NOT_AT_THE_START = " '+-./:=@"
# What Unicode does not decompose to ASCII: quotes, dashes, and letters that are not accented letters.
_LOOKALIKES = {ord(char): twin for twin, chars in (
    ("'", "\u2018\u2019\u02bb\u02bc\u02be\u02bf`\u00b4"),
    ("-", "\u2010\u2011\u2013\u2014\u2212"),
    ("i", "\u0131"), ("O", "Ø"), ("o", "ø"), ("L", "Ł"), ("l", "ł"), ("D", "ĐÐ"), ("d", "đð"), ("Th", "Þ"), ("th", "þ"),
    ("ss", "ß"), ("AE", "Æ"), ("ae", "æ"), ("OE", "Œ"), ("oe", "œ"),
) for char in chars}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DebitLine:
    """One debit: the frozen copy that a batch sends to the bank. `amount` in whole rupiah."""

    reference: str
    mandate_id: str
    signed_on: date
    account: str
    holder: str
    amount: int
    opd: str
    description: str


@dataclass(frozen=True)
class Creditor:
    """Who collects: the account that is credited and the number the bank knows the collector by."""

    name: str
    account: str
    scheme_id: str
    bic: str


@dataclass(frozen=True)
class BankParty:
    """The bank of the debited accounts: BIC and three-digit national bank code."""

    bic: str
    code: str


@dataclass(frozen=True)
class FileHead:
    """What is true of the whole file; `count` and `total` (rupiah) are of this part, not of all parts."""

    message_id: str
    created_at: datetime
    collection_date: date
    creditor: Creditor
    bank: BankParty
    count: int
    total: int
    part: int = 1
    parts: int = 1


@dataclass(frozen=True)
class Written:
    """What a writer counted. `sha256` is of the bytes, `digest` of the lines (see `Tally`)."""

    count: int
    total: int
    sha256: str
    digest: str


@dataclass(frozen=True)
class ReadBack:
    """What a file says when it is read again: order of `references` and `digest` is that of the file."""

    count: int
    total: int
    references: tuple[str, ...]
    digest: str
    findings: tuple[Finding, ...] = ()


class WriterMismatch(ValueError):
    """The lines given to a writer are not what its head promises; the bytes so far are worthless."""


class LineUnfit(ValueError):
    """A value that may not be shortened is too wide; `line_findings` would have said so before writing."""


class Tally:
    """Count, total and digest of lines as they pass.

    The digest is SHA-256 over "reference account amount" and a line feed, line by line in file order: two swapped
    amounts or accounts are seen although count and total agree.
    """

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self._hash = sha256()

    @classmethod
    def of(cls, lines: Iterable[DebitLine]) -> Self:
        tally = cls()
        for line in lines:
            tally.add(line.reference, line.account, line.amount)
        return tally

    def add(self, reference: str, account: str, amount: int) -> None:
        self.count += 1
        self.total += amount
        self._hash.update(f"{reference} {account} {amount}\n".encode())

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def check(self, head: FileHead) -> None:
        """Raises WriterMismatch unless count and total are those of the head."""
        if (self.count, self.total) != (head.count, head.total):
            raise WriterMismatch(
                f"head promises {head.count} lines and {head.total} rupiah, "
                f"the lines are {self.count} and {self.total} rupiah"
            )


class HashedOutput:
    """Passes bytes on and hashes them on the way, so that the hash is of what was really written."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._hash = sha256()

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        self._out.write(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


@cache
def _permitted(punctuation: str, upper: bool) -> dict[int, str]:
    """A translation table for ASCII; one pass by it is the whole work for most names."""
    table = {}
    for code in range(128):
        char = chr(code)
        if not char.isalnum() and char not in punctuation:
            table[code] = " "
        elif upper and char.islower():
            table[code] = char.upper()
    return table


def _ascii(text: str) -> str:
    """NFKD without accents; joiners vanish, everything else that ASCII lacks becomes a blank."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LOOKALIKES))
    return "".join(
        char if char.isascii() else " "
        for char in decomposed
        if char.isascii() or unicodedata.category(char) not in ("Mn", "Cf")
    )


def bank_text(text: str, *, punctuation: str, width: int, upper: bool = False) -> str:
    """A free text in the characters of the bank, at most `width` long, never the start of a formula.

    Letters, digits and the given punctuation stay, accents go, everything else becomes one blank. The result
    may be empty; the original stays in the database.
    """
    if not text.isascii():
        text = _ascii(text)
    fitted = " ".join(text.translate(_permitted(punctuation, upper)).split()).lstrip(_NOT_AT_THE_START)
    return fitted if len(fitted) <= width else fitted[:width].rstrip()


def starts_formula(text: str) -> bool:
    """True when a spreadsheet could run the text instead of showing it."""
    return text.startswith(tuple(_FORMULA_STARTS))


_RIGID_FIELDS = (
    ("reference", REFERENCE, "Nomor rujukan baris tidak sah; buat ulang baris ini."),
    ("mandate_id", MANDATE_ID, "Nomor surat kuasa tidak sah; periksa surat kuasanya."),
    ("account", ACCOUNT, "Nomor rekening harus angka saja; periksa buku rekening."),
    ("opd", SHORT_CODE, "Kode OPD tidak sah; perbaiki kode OPD di data rujukan."),
)


def field_findings(line: DebitLine) -> list[Finding]:
    """Faults of the values no format may shorten or repair."""
    found = [
        Finding(field, message, field)
        for field, pattern, message in _RIGID_FIELDS
        if not pattern.fullmatch(getattr(line, field))
    ]
    if not _is_amount(line.amount):
        found.append(
            Finding("amount", "Jumlah debit harus rupiah bulat di atas nol; hitung ulang.", "amount")
        )
    return found


def _is_amount(amount: object) -> bool:
    return type(amount) is int and 0 < amount <= LARGEST_AMOUNT


_PROFILE = "lengkapi profil bank."


def head_findings(head: FileHead) -> tuple[Finding, ...]:
    """Faults of the head, before anything is written."""
    creditor, bank = head.creditor, head.bank
    checks: list[tuple[str, object, str]] = [
        (
            "message_id",
            REFERENCE.fullmatch(head.message_id),
            "Nomor berkas: huruf besar, angka, tanda hubung, maks. 35.",
        ),
        ("created_at", head.created_at.tzinfo, "Waktu pembuatan berkas harus menyebut zona waktu."),
        (
            "creditor.account",
            ACCOUNT.fullmatch(creditor.account),
            f"Rekening penerima harus angka saja; {_PROFILE}",
        ),
        (
            "creditor.scheme_id",
            SHORT_CODE.fullmatch(creditor.scheme_id),
            f"Nomor penagih belum sah; {_PROFILE}",
        ),
        (
            "creditor.name",
            bank_text(creditor.name, punctuation="", width=70),
            f"Nama penerima belum diisi; {_PROFILE}",
        ),
        ("creditor.bic", BIC.fullmatch(creditor.bic), f"BIC bank penerima tidak sah; {_PROFILE}"),
        ("bank.bic", BIC.fullmatch(bank.bic), f"BIC bank tidak sah; {_PROFILE}"),
        ("bank.code", BANK_CODE.fullmatch(bank.code), f"Kode bank harus tiga angka; {_PROFILE}"),
        ("count", type(head.count) is int and head.count > 0, "Berkas harus berisi sedikitnya satu baris."),
        ("total", _is_amount(head.total), "Jumlah seluruhnya harus rupiah bulat di atas nol."),
        ("part", 1 <= head.part <= head.parts, "Nomor bagian berkas melebihi jumlah bagian."),
    ]
    return tuple(Finding("head", message, field) for field, good, message in checks if not good)


def bank_word(name: str) -> str:
    """A bank's name as file names have it: its ASCII letters and digits, in capitals."""
    return "".join(letter for letter in name.upper() if letter.isascii() and letter.isalnum())


def file_name(layout: Layout, *, bank: str, period: str, wave: int, part: int = 1) -> str:
    """The name the bank expects, from a pattern such as "{bank}_{period}_G{wave:02d}_{part:02d}.csv".

    `period` is "YYYY-MM". Raises ValueError for a name that is not letters, digits, points, dashes, underscores.
    """
    name: str = layout["file_name"].format(bank=bank, period=period, wave=wave, part=part)
    if not FILE_NAME.fullmatch(name):
        raise ValueError(f"not a plain file name: {name!r}")
    return name


def file_name_findings(layout: Layout) -> list[Finding]:
    """Faults of the pattern: it must be usable and never give two files of a bank the same name."""
    pattern = layout.get("file_name")
    if not isinstance(pattern, str) or not FILE_NAME.fullmatch(_PLACEHOLDER.sub("0", pattern)):
        message = "Pola nama berkas hanya boleh memuat huruf, angka, . _ - dan {bank} {period} {wave} {part}."
        return [Finding("file_name", message, "file_name")]
    if not {"period", "wave", "part"} <= {found["name"] for found in _PLACEHOLDER.finditer(pattern)}:
        message = "Pola nama berkas harus memuat {period}, {wave}, dan {part} supaya tidak ada nama kembar."
        return [Finding("file_name", message, "file_name")]
    return []


def text_findings(layout: Layout) -> list[Finding]:
    """Faults of the layout's "text" table: {"punctuation": "...", "upper": true or false}."""
    rules = layout.get("text")
    if not isinstance(rules, Mapping):
        rules = {}
    punctuation = rules.get("punctuation")
    if not isinstance(punctuation, str) or not isinstance(rules.get("upper"), bool):
        return [Finding("text", "Isi tabel text: punctuation (teks) dan upper (true atau false).", "text")]
    if not punctuation.isascii() or not punctuation.isprintable() or NEVER_IN_TEXT & set(punctuation):
        message = 'Tanda baca yang diizinkan tidak boleh memuat = @ , ; | " \\ atau pemisah kolom.'
        return [Finding("text", message, "text.punctuation")]
    return []


def texts(layout: Layout) -> Callable[[str, int], str]:
    """The layout's `bank_text`, as a function of text and width."""
    punctuation, upper = layout["text"]["punctuation"], layout["text"]["upper"]

    def fit(text: str, width: int) -> str:
        return bank_text(text, punctuation=punctuation, width=width, upper=upper)

    return fit


def is_written(text: str, layout: Layout) -> bool:
    """Whether anything of a free text is left for the bank.

    Nearly every name begins with a letter that stays; then there is no need to fit the whole of it.
    """
    first = text[:1]
    return (first.isascii() and first.isalnum()) or bool(texts(layout)(text, 1))
