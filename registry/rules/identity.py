"""Identity numbers of people (NIP, NI PPPK, NIK, bank account, mobile phone) and the ages that follow.

Every `parse_*` takes whatever was typed, never raises, and returns the one canonical form. What cannot be is
refused with a sentence that says what to do; what is merely odd passes with a note for the verifier, because
no number here carries a check digit and honest oddities (old region codes, corrected birth dates) exist.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import phonenumbers

from registry.rules.display import phone_display
from registry.rules.finding import Finding, Parsed
from registry.rules.names import names_differ, parse_email, parse_name

__all__ = [
    "YOUNGEST_WORKER",
    "Nik",
    "Nip",
    "Parsed",
    "Phone",
    "age_on",
    "birth_dates_agree",
    "names_differ",
    "parse_account",
    "parse_email",
    "parse_name",
    "parse_nik",
    "parse_nip",
    "parse_phone",
    "under_age_limit",
]

# Full-width forms (as Asian keyboards type them), and the dashes and quotes of word processors.
_LOOKALIKES = {0xFF00 + code: 0x0020 + code for code in range(0x01, 0x5F)} | str.maketrans(
    "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2018\u2019\u3002", "-------''."
)
_SCIENTIFIC = re.compile(r"\d\s*[eE]\s*[+-]?\s*\d")
_OLDEST = 120
# UU 13/2003 article 68 forbids the employment of children, article 69 excepts light work alone; the lowest age of
# admission to work is 15 years (ILO Convention 138, ratified by UU 20/1999).
YOUNGEST_WORKER = 15
_SEE_CARD = "Cocokkan dengan kartu pegawai Anda."

# Number blocks of Telkomsel, Indosat, Tri, XL, Axis and Smartfren: three digits after the country code.
_MOBILE_BLOCK = re.compile(r"81[1-9]|82[1-3]|83[1238]|85[1-35-9]|87[78]|88[1-9]|89[5-9]")


@dataclass(frozen=True)
class Nip:
    """NIP of a PNS or NI of a PPPK: 18 digits (Perka BKN 22/2007). Only a PNS has a month of appointment."""

    digits: str
    kind: Literal["pns", "pppk"]
    birth_date: date
    appointed: tuple[int, int | None]
    sex: Literal["L", "P"]
    serial: str


@dataclass(frozen=True)
class Nik:
    """NIK: 16 digits. `region` is the district of first issue, not of residence; the century is inferred."""

    digits: str
    region: str
    birth_date: date
    sex: Literal["L", "P"]
    serial: str


@dataclass(frozen=True)
class Phone:
    """An Indonesian mobile number, kept as E.164 (`+628...`)."""

    e164: str

    @property
    def display(self) -> str:
        return phone_display(self.e164)


def parse_nip(text: str, *, today: date) -> Parsed[Nip]:
    digits, fault = _clean_digits(text, name="NIP", field="nip", length=18)
    if fault:
        return Parsed(None, (fault,))
    birth = _real_date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    if birth is None or not _can_be_alive(birth, today):
        found = f"{digits[:8]} bukan tanggal lahir yang mungkin"
        return _refused(
            "nip", "birth_date", f"Delapan angka pertama NIP adalah tanggal lahir; {found}. {_SEE_CARD}"
        )
    fault = _nip_fault(digits, birth)
    if fault:
        return Parsed(None, (fault,))
    year, marker = int(digits[8:12]), int(digits[12:14])
    sex: Literal["L", "P"] = "L" if digits[14] == "1" else "P"
    if marker <= 12:
        nip = Nip(digits, "pns", birth, (year, marker), sex, digits[15:])
    else:
        nip = Nip(digits, "pppk", birth, (year, None), sex, digits[15:])
    return Parsed(nip, _nip_oddities(nip, today))


def _nip_fault(digits: str, birth: date) -> Finding | None:
    marker = int(digits[12:14])
    code = message = ""
    if not (1 <= marker <= 12 or 21 <= marker <= 29):
        code = "appointment"
        message = (
            "Angka ke-13 dan ke-14 NIP harus bulan pengangkatan (01 sampai 12) atau, untuk PPPK, 21 sampai 29"
        )
    elif int(digits[8:12]) < birth.year:
        code = "appointment_before_birth"
        message = f"Menurut NIP ini, pengangkatan ({digits[8:12]}) terjadi sebelum tahun lahir ({birth.year})"
    elif digits[14] not in "12":
        code, message = "sex", "Angka ke-15 NIP harus 1 (pria) atau 2 (wanita)"
    elif digits[15:] == "000":
        code, message = "serial", "Tiga angka terakhir NIP dimulai dari 001"
    return Finding(f"nip_{code}", f"{message}. {_SEE_CARD}", "nip") if code else None


def _nip_oddities(nip: Nip, today: date) -> tuple[Finding, ...]:
    year, month = nip.appointed
    notes = []
    if (year, month or 1) > (today.year, today.month if month else 12):
        notes.append(
            _note(
                "nip",
                "appointed_in_future",
                "Pengangkatan menurut NIP ada di masa depan. Periksa kartu pegawai.",
            )
        )
    # Counted to the end of the appointment month (or year), so that a note means: certainly younger than 17.
    age_at_appointment = year - nip.birth_date.year - (1 if month and month < nip.birth_date.month else 0)
    if age_at_appointment < 17:
        notes.append(
            _note(
                "nip",
                "appointed_young",
                "Menurut NIP, usia saat pengangkatan kurang dari 17 tahun. Periksa kartu pegawai.",
            )
        )
    if age_on(nip.birth_date, today) > 70:
        notes.append(
            _note(
                "nip",
                "old",
                "Menurut NIP, usia sekarang lebih dari 70 tahun. Periksa apakah masih menerima gaji.",
            )
        )
    return tuple(notes)


def parse_nik(text: str, *, today: date, known_regions: Collection[str] = ()) -> Parsed[Nik]:
    """The NIK of a worker; under `YOUNGEST_WORKER` years on `today` it is refused (UU 13/2003 articles 68 and 69),
    for the only other reading is a hundred years older. From there to 17 years it passes with a note.

    `known_regions`: six-digit district codes; leave empty to skip that note. NIKs are never re-issued, so
    a code that is not in the list (a district split since, a newer province) is never more than a note."""
    digits, fault = _clean_digits(text, name="NIK", field="nik", length=16)
    if fault:
        return Parsed(None, (fault,))
    day, month, short_year = int(digits[6:8]), int(digits[8:10]), int(digits[10:12])
    woman = day > 40
    birth = _born(day - 40 if woman else day, month, short_year, today)
    if birth is None:
        return _refused(
            "nik",
            "birth_date",
            "Angka ke-7 sampai ke-12 NIK adalah tanggal lahir (untuk perempuan, tanggal "
            f"ditambah 40). {digits[6:12]} bukan tanggal yang mungkin; cocokkan dengan KTP.",
        )
    if digits[12:] == "0000":
        return _refused("nik", "serial", "Empat angka terakhir NIK dimulai dari 0001. Cocokkan dengan KTP.")
    age = age_on(birth, today)
    if age < YOUNGEST_WORKER:
        return _refused(
            "nik",
            "under_age",
            f"Pekerja harus berusia sedikitnya {YOUNGEST_WORKER} tahun; menurut NIK ini usianya {age} tahun. "
            "Periksa lagi NIK-nya dengan KTP.",
        )
    nik = Nik(digits, digits[:6], birth, "P" if woman else "L", digits[12:])
    return Parsed(nik, _nik_oddities(nik, today, known_regions))


def _nik_oddities(nik: Nik, today: date, known_regions: Collection[str]) -> tuple[Finding, ...]:
    notes = []
    if nik.region[0] == "0" or (known_regions and nik.region not in known_regions):
        notes.append(
            _note(
                "nik",
                "unknown_region",
                f"Kode wilayah {nik.region} pada NIK tidak ada dalam daftar. "
                "Bisa karena pemekaran wilayah; cocokkan dengan foto KTP.",
            )
        )
    age = age_on(nik.birth_date, today)
    if age < 17:
        notes.append(
            _note(
                "nik",
                "young",
                f"Menurut NIK, usianya {age} tahun (atau {age + 100} tahun). Periksa tanggal lahir pada KTP.",
            )
        )
    if age > 90:
        notes.append(
            _note("nik", "old", f"Menurut NIK, usianya {age} tahun. Periksa tanggal lahir pada KTP.")
        )
    return tuple(notes)


def parse_account(text: str, *, pattern: str, hint: str) -> Parsed[str]:
    """A bank account as text, leading zeros kept. `pattern` is the bank's regular expression for the whole of it
    and `hint` says it in words, such as "10 angka"."""
    digits, fault = _clean_digits(text, name="Nomor rekening", field="account")
    if fault:
        return Parsed(None, (fault,))
    if not re.fullmatch(pattern, digits):
        return _refused(
            "account",
            "pattern",
            f"Nomor rekening harus {hint}; yang Anda isi {len(digits)} angka. "
            "Salin dari buku tabungan, termasuk angka nol di depan.",
        )
    return Parsed(digits)


def parse_phone(text: str) -> Parsed[Phone]:
    plain = _plain(text)
    if not plain:
        return _refused("phone", "empty", "Isi nomor ponsel, misalnya 0812-3456-7890.")
    if _decimal_tail(plain):
        return Parsed(None, (_spreadsheet("phone", "Nomor ponsel"),))
    compact = re.sub(r"[\s.()\-']", "", plain)
    if not re.fullmatch(r"\+?[0-9]+", compact):  # before phonenumbers, which reads letters as keypad digits
        return _refused(
            "phone",
            "letters",
            "Nomor ponsel hanya boleh berisi angka. "
            "Periksa apakah ada huruf, misalnya huruf O untuk angka 0.",
        )
    national = _national_mobile(compact)
    if national is None:
        return _refused(
            "phone",
            "not_mobile",
            "Gunakan nomor ponsel Indonesia yang diawali 08 atau +628, misalnya 0812-3456-7890.",
        )
    if not 9 <= len(national) <= 12:
        return _refused(
            "phone",
            "length",
            "Nomor ponsel terdiri dari 10 sampai 13 angka dihitung dari 0 di depan; "
            f"yang Anda isi {len(national) + 1} angka. Periksa kembali nomornya.",
        )
    phone = Phone(f"+62{national}")
    if _MOBILE_BLOCK.match(national):
        return Parsed(phone)
    odd = f"Awalan 0{national[:3]} tidak dikenal. Pastikan nomornya dapat dihubungi."
    return Parsed(phone, (_note("phone", "unknown_prefix", odd),))


def _national_mobile(compact: str) -> str | None:
    """Digits after +62, or None for a land line, a service number or a foreign number."""
    if compact.startswith("00"):
        compact = "+" + compact[2:]
    elif compact.startswith(
        ("62", "8")
    ):  # without its plus, 62811... would be read as a number inside Indonesia
        compact = "+62" + compact.removeprefix("62")
    try:
        number = phonenumbers.parse(compact, "ID")
    except phonenumbers.NumberParseException:
        # Too short or too long for phonenumbers: let the length be reported when the beginning is right.
        match = re.match(r"(?:\+62|0)(8\d*)$", compact)
        return match[1] if match else None
    national = str(number.national_number)
    service = phonenumbers.number_type(number) not in (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.UNKNOWN,
    )
    return national if number.country_code == 62 and national.startswith("8") and not service else None


def age_on(birth: date, day: date) -> int:
    """Completed years. Somebody born on 29 February completes a year on 1 March of a common year."""
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def under_age_limit(birth: date, on: date, limit_years: int = 65) -> bool:
    """BPJS admits informal workers until the day before their 65th birthday."""
    return age_on(birth, on) < limit_years


def birth_dates_agree(first: date, second: date) -> bool:
    """Same day, month and last two figures of the year: the NIK carries no century."""
    return (first.day, first.month, first.year % 100) == (second.day, second.month, second.year % 100)


def _clean_digits(text: str, *, name: str, field: str, length: int = 0) -> tuple[str, Finding | None]:
    plain = _plain(text)
    if not plain:
        return "", Finding(f"{field}_empty", f"Isi {name if name.isupper() else name.lower()}.", field)
    if _decimal_tail(plain):
        return "", _spreadsheet(field, name)
    digits = re.sub(r"[\s.\-']", "", plain)
    if not re.fullmatch(r"[0-9]+", digits):
        return "", Finding(
            f"{field}_letters",
            f"{name} hanya boleh berisi angka. Periksa apakah ada huruf atau tanda "
            "lain, misalnya huruf O untuk angka 0.",
            field,
        )
    if length and len(digits) != length:
        return "", Finding(
            f"{field}_length",
            f"{name} terdiri dari {length} angka; yang Anda isi {len(digits)} angka. "
            "Periksa apakah ada angka yang kurang atau lebih.",
            field,
        )
    return digits, None


def _plain(text: str) -> str:
    """Without invisible characters, with plain digits, dashes and blanks."""
    visible = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return visible.translate(_LOOKALIKES).strip()


def _decimal_tail(plain: str) -> bool:
    """A spreadsheet's number, such as 910567421.0 or 1.99E+17: without its dot it is another account."""
    if _SCIENTIFIC.search(plain) or re.search(r"\d\s*,\s*\d+$", plain):
        return True
    tail = re.search(r"\d\.(\d+)$", plain)
    if not tail:
        return False
    only_dot = plain.count(".") == 1
    zeros = set(tail[1]) == {"0"}
    return (only_dot and (len(tail[1]) <= 2 or zeros)) or (zeros and len(tail[1]) <= 2)


def _spreadsheet(field: str, name: str) -> Finding:
    return Finding(
        f"{field}_decimal",
        f"{name} ini tampak seperti angka dari lembar kerja (ada desimal atau huruf E), "
        "sehingga angkanya mungkin sudah berubah. Ketik ulang dari dokumen aslinya.",
        field,
    )


def _real_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _can_be_alive(birth: date, today: date) -> bool:
    return birth <= today and age_on(birth, today) <= _OLDEST


def _born(day: int, month: int, short_year: int, today: date) -> date | None:
    """The latest such date that is not in the future."""
    century = today.year // 100 * 100
    candidates = (
        _real_date(century + short_year, month, day),
        _real_date(century - 100 + short_year, month, day),
    )
    return next((birth for birth in candidates if birth and birth <= today), None)


def _refused(field: str, code: str, message: str) -> Parsed[Any]:
    return Parsed(None, (Finding(f"{field}_{code}", message, field),))


def _note(field: str, code: str, message: str) -> Finding:
    return Finding(f"{field}_{code}", message, field, "note")
