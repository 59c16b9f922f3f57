"""What an identity number says about its owner, shown back for confirmation instead of being asked.

A full date of birth never stands beside the last digits of the number it comes from: together they are the number.
"""

from datetime import date

from registry.rules.identity import age_on, parse_nip
from registry.rules.work import EMPLOYMENT_LABELS
from sponsorship.rules.months import indonesian_date

SEX = {"L": "laki-laki", "P": "perempuan"}


def born_words(born: date | None, sex: str) -> str:
    """ "lahir 15 Agustus 1980, perempuan"; empty when nothing is known."""
    return _joined(f"lahir {indonesian_date(born)}" if born else "", SEX.get(sex, ""))


def age_words(born: date | None, sex: str, today: date) -> str:
    """The same for where the end of the number is shown: "46 tahun, perempuan"."""
    return _joined(f"{age_on(born, today)} tahun" if born else "", SEX.get(sex, ""))


def nip_words(digits: str, today: date, *, in_full: bool) -> str:
    """ "PPPK, lahir 12 Desember 1985, laki-laki", or with the age instead of the date; empty for no valid number."""
    nip = parse_nip(digits, today=today).value
    if nip is None:
        return ""
    words = born_words(nip.birth_date, nip.sex) if in_full else age_words(nip.birth_date, nip.sex, today)
    return _joined(EMPLOYMENT_LABELS[nip.kind], words)


def nip_name(employment: str) -> str:
    """What the number is called for a PNS and for a PPPK."""
    return "NI PPPK" if employment == "pppk" else "NIP"


def _joined(*words: str) -> str:
    return ", ".join(word for word in words if word)
