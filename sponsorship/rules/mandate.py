"""The numbers a mandate and its debit lines carry, the QR on its pages, and the bounds of its ceiling.

A mandate lineage has a code of 8 symbols. Three writings come from it:

- mandate reference, for people: K7M2-P4TX-01X     code, version of the mandate, check symbol
- line reference, for the bank:  K7M2P4TX01261216  code, version, year and month of the period, attempt, check
- QR on the paper:               SK1:K7M2-P4TX-01X:1:9F86D081884C7D65

The line reference fits EndToEndId of ISO 20022 (35 characters) and is the only key for matching results.
"""

import hmac
import json
import re
import unicodedata
from dataclasses import dataclass

from registry.rules.finding import Finding
from sponsorship.rules.months import Month

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"  # 31 symbols, a prime; I, L, O, U and Z look like others
BASE = len(ALPHABET)
WEIGHT = 3  # its powers pass through all 30 values modulo 31 before one repeats
LETTERS = ALPHABET[10:]
CODE_LENGTH = 8
RANDOM_BYTES = 16  # so many more codes than needed that the remainder leaves no bias worth a name
HIGHEST_VERSION = 99
HIGHEST_ATTEMPT = BASE - 1
QR_KIND = "SK1"

_LOOKALIKES = str.maketrans("OIL", "011")
_BLANKS_AND_DASHES = re.compile(r"[\s\-\u2010-\u2015\u2212._/]")


@dataclass(frozen=True, slots=True)
class Reference:
    code: str
    version: int
    month: Month
    attempt: int


@dataclass(frozen=True, slots=True)
class MandateReference:
    code: str
    version: int


@dataclass(frozen=True, slots=True)
class QrContent:
    reference: str
    version: int
    checksum: str


def new_code(random_bytes: bytes) -> str:
    """Eight symbols from at least 16 random bytes; the caller's unique constraint answers for uniqueness.

    The first symbol is a letter, so that no spreadsheet takes a reference for a number and rounds it.
    Raises ValueError for fewer bytes.
    """
    if len(random_bytes) < RANDOM_BYTES:
        raise ValueError(f"A code needs {RANDOM_BYTES} random bytes")
    number, first = divmod(int.from_bytes(random_bytes, "big"), len(LETTERS))
    symbols = [LETTERS[first]]
    for _ in range(CODE_LENGTH - 1):
        number, index = divmod(number, BASE)
        symbols.append(ALPHABET[index])
    return "".join(symbols)


def check_symbol(body: str) -> str:
    """The symbol behind `body`: sum(value(symbol i) * 3**i) mod 31, i counted from 0 at the left.

    For the lengths in use (10 and 15 symbols before it) it shows every single wrong symbol and every swap of
    two neighbours, the check symbol itself included: 31 is a prime, neighbours never have the same weight,
    and the last weight is not -1. A body of 16 symbols would break that (3**15 mod 31 = 30). In PostgreSQL:

        substr(:alphabet, 1 + (
            SELECT sum((strpos(:alphabet, substr(body, i, 1)) - 1) * power(3, i - 1)::bigint) % 31
            FROM generate_series(1, length(body)) AS i
        )::int, 1)

    Raises ValueError for a symbol outside the alphabet.
    """
    total = sum(ALPHABET.index(symbol) * WEIGHT**position for position, symbol in enumerate(body))
    return ALPHABET[total % BASE]


def line_reference(code: str, version: int, month: Month, attempt: int) -> str:
    """16 symbols for one debit line; `attempt` is 1 to 30, one symbol of the alphabet.

    Raises ValueError for a value that has no room in it.
    """
    if not 2000 <= month.year <= 2099:
        raise ValueError(f"A line reference has no room for the year {month.year}")
    if not 1 <= attempt <= HIGHEST_ATTEMPT:
        raise ValueError(f"An attempt is numbered 1 to {HIGHEST_ATTEMPT}, not {attempt}")
    body = f"{_lineage(code, version)}{month.year % 100:02d}{month.month:02d}{ALPHABET[attempt]}"
    return body + check_symbol(body)


def parse_reference(text: str) -> Reference | Finding:
    """Read a line reference, lenient with blanks, dashes, small letters, and O, I, L for 0, 1, 1."""
    symbols = _symbols(text, length=16)
    if isinstance(symbols, Finding):
        return symbols
    match = re.fullmatch(r"(.{8})([0-9]{2})([0-9]{2})(0[1-9]|1[0-2])([^0]).", symbols)
    if not match or match[2] == "00":
        return _unknown_reference()
    month = Month(2000 + int(match[3]), int(match[4]))
    return Reference(match[1], int(match[2]), month, ALPHABET.index(match[5]))


def mandate_reference(code: str, version: int) -> str:
    """The mandate's number for people. Raises ValueError for a value that has no room in it."""
    body = _lineage(code, version)
    return f"{code[:4]}-{code[4:]}-{version:02d}{check_symbol(body)}"


def parse_mandate_reference(text: str) -> MandateReference | Finding:
    """Read a mandate reference, as lenient as `parse_reference`."""
    symbols = _symbols(text, length=11)
    if isinstance(symbols, Finding):
        return symbols
    match = re.fullmatch(r"(.{8})([0-9]{2}).", symbols)
    if not match or match[2] == "00":
        return _unknown_reference()
    return MandateReference(match[1], int(match[2]))


def checksum(printed: dict[str, object], key: bytes) -> str:
    """Keyed fingerprint of what is printed on the paper: 16 hexadecimal digits, capitals.

    HMAC-SHA-256 over JSON with sorted keys, no blanks, text in Unicode NFC. `printed` holds text, int, bool,
    None, lists and dicts of these; anything else raises TypeError, for its spelling would not be stable.
    Capitals, because the QR then stays in the alphanumeric mode and its modules are larger.
    """
    if not key:
        raise ValueError("The checksum needs a key")
    canonical = json.dumps(_canonical(printed), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hmac.new(key, canonical.encode(), "sha256").hexdigest()[:16].upper()


def qr_text(reference: str, version: int, checksum: str) -> str:
    """What the QR says: "SK1:<mandate reference>:<version>:<checksum>".

    Raises ValueError when the parts do not belong together: such a QR could never be read back.
    """
    text = f"{QR_KIND}:{reference}:{version}:{checksum}"
    if parse_qr(text) != QrContent(reference, version, checksum):
        raise ValueError("The reference, its version and the checksum do not make a QR that can be read back")
    return text


def parse_qr(text: str) -> QrContent | Finding:
    """Read the QR of a mandate; whether the checksum is right is for the caller, who has key and data."""
    match = re.fullmatch(QR_KIND + r":([0-9A-Z-]{11,20}):([1-9][0-9]?):([0-9A-F]{16})", text.strip().upper())
    parsed = parse_mandate_reference(match[1]) if match else None
    if not match or not isinstance(parsed, MandateReference) or parsed.version != int(match[2]):
        return Finding(
            code="qr_unreadable",
            message=(
                "Kode QR ini bukan kode surat kuasa kami. Pastikan yang dipindai adalah surat kuasa "
                "yang dicetak dari layanan ini, lalu coba lagi."
            ),
        )
    return QrContent(mandate_reference(parsed.code, parsed.version), parsed.version, match[3])


def ceiling_bounds(full_total: int, factor: int = 2) -> tuple[int, int]:
    """Lowest and highest monthly ceiling in rupiah: the undiscounted total, and `factor` times it.

    Raises ValueError for a total that is not positive or a factor below 1.
    """
    if full_total <= 0 or factor < 1:
        raise ValueError("A ceiling needs a positive total and a factor of at least 1")
    return full_total, full_total * factor


def _lineage(code: str, version: int) -> str:
    if len(code) != CODE_LENGTH or set(code) - set(ALPHABET):
        raise ValueError(f"Not a mandate code: {code!r}")
    if not 1 <= version <= HIGHEST_VERSION:
        raise ValueError(f"A mandate version is numbered 1 to {HIGHEST_VERSION}, not {version}")
    return f"{code}{version:02d}"


def _symbols(text: str, length: int) -> str | Finding:
    """The bare symbols of a reference whose length and check symbol are right."""
    symbols = _BLANKS_AND_DASHES.sub("", text).upper().translate(_LOOKALIKES)
    if len(symbols) != length or set(symbols) - set(ALPHABET):
        return _unknown_reference()
    if check_symbol(symbols[:-1]) != symbols[-1]:
        return Finding(
            code="reference_check",
            message=(
                "Nomor rujukan ini tidak cocok; mungkin ada huruf atau angka yang salah ketik atau tertukar. "
                "Periksa kembali, lalu ketik ulang."
            ),
            field="reference",
        )
    return symbols


def _unknown_reference() -> Finding:
    return Finding(
        code="reference_unknown",
        message="Ini bukan nomor rujukan kami. Salin nomor rujukan persis seperti tertulis di surat Anda.",
        field="reference",
    )


def _canonical(value: object) -> object:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, dict):
        return {_text_key(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    raise TypeError(f"A printed value is text or a whole number, not {type(value).__name__}")


def _text_key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError("The name of a printed value is text")
    return unicodedata.normalize("NFC", key)
