"""Who cannot be registered as a worker, and what they can do instead. Nothing of a refusal is ever stored.

Informal workers (BPU) work on their own account and are younger than the limit: UU 24/2011 articles 14 and 15 (who
works for a company is registered by that company), PP 44/2015 and Permenaker 5/2021. Nobody is paid for twice:
Perwali Kota Semarang 26/2025 has the city check its list against those of other funds.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sponsorship.rules.months import indonesian_date


class Situation(StrEnum):
    """What a donor answers when asked how the worker works; only the first one can be registered."""

    OWN = "own"
    EMPLOYEE = "employee"
    NO_WORK = "no_work"
    OTHER_FUND = "other_fund"


class Bar(StrEnum):
    """Why this worker cannot join; `too_old` and `held` are also the codes of findings of the drafts."""

    TOO_OLD = "too_old"
    TOO_YOUNG = "too_young"
    EMPLOYEE = "employee"
    NO_WORK = "no_work"
    OTHER_FUND = "other_fund"
    HELD = "held"


@dataclass(frozen=True)
class Refusal:
    """The words of the page: why, what to do next, and what the button back to the form is called.

    `slip`: more likely a slip of the pen than a wrong choice, so that repairing comes first.
    """

    why: str
    steps: tuple[str, ...]
    repair: str
    slip: bool = False


_SITUATIONS = {
    Situation.EMPLOYEE: Bar.EMPLOYEE,
    Situation.NO_WORK: Bar.NO_WORK,
    Situation.OTHER_FUND: Bar.OTHER_FUND,
}
_WRONG_NUMBER = "Bila NIK-nya salah tulis, perbaiki; isian yang lain tetap ada."
_WRONG_ANSWER = "Bila Anda salah memilih jawaban, perbaiki; isian yang lain tetap ada."
_REPAIR_NUMBER, _REPAIR_ANSWER = "Perbaiki NIK", "Perbaiki jawaban"


def bar_of(situation: str) -> Bar | None:
    """Why somebody in this situation cannot join; None for who works on their own, and for no answer at all."""
    return _SITUATIONS.get(Situation(situation)) if situation in set(Situation) else None


def bar_of_finding(code: str) -> Bar | None:
    """The bar that a refused draft names, or None when its finding is a mistake to repair at its field."""
    return Bar(code) if code in (Bar.TOO_OLD, Bar.HELD) else None


def explain(bar: Bar, *, age_limit: int, youngest: int, born: date | None = None) -> Refusal:
    """The words for `bar`. `born`: the date of birth that the NIK names, where the age is the reason."""
    return {
        Bar.TOO_OLD: _too_old(age_limit, born),
        Bar.TOO_YOUNG: Refusal(
            f"Pekerja harus berusia sedikitnya {youngest} tahun. Menurut NIK yang Anda tulis, ia lebih muda dari itu.",
            (_WRONG_NUMBER, f"Bila NIK-nya benar, pilih pekerja lain yang sudah berusia {youngest} tahun."),
            _REPAIR_NUMBER,
            slip=True,
        ),
        Bar.EMPLOYEE: Refusal(
            "Karyawan perusahaan atau instansi menjadi tanggungan pemberi kerjanya: perusahaan wajib mendaftarkan dan "
            "membayar iurannya. Gerakan ini untuk pekerja yang tidak punya pemberi kerja.",
            (
                "Sarankan ia bertanya kepada perusahaannya, atau menelepon layanan BPJS Ketenagakerjaan di 175.",
                "Pilih pekerja lain yang bekerja sendiri atau harian.",
                _WRONG_ANSWER,
            ),
            _REPAIR_ANSWER,
        ),
        Bar.NO_WORK: Refusal(
            "BPJS Ketenagakerjaan melindungi orang yang bekerja. Yang sedang tidak bekerja atau mengurus rumah tangga "
            "sendiri belum dapat didaftarkan.",
            (
                "Bila ia juga berdagang, mencuci, menjahit, atau bekerja apa pun, walau sebentar, ia termasuk bekerja.",
                "Bila kelak ia bekerja, Anda dapat mendaftarkannya.",
                "Pilih pekerja lain yang sedang bekerja.",
            ),
            _REPAIR_ANSWER,
        ),
        Bar.OTHER_FUND: Refusal(
            "Iuran seorang pekerja hanya dibayar dari satu sumber. Pekerja yang sudah ditanggung program kota, "
            "perusahaan, atau donatur lain tidak perlu dibayar dua kali.",
            (
                "Pilih pekerja lain yang belum ditanggung siapa pun.",
                "Bila tanggungan itu berakhir, Anda dapat mendaftarkannya.",
                _WRONG_ANSWER,
            ),
            _REPAIR_ANSWER,
        ),
        Bar.HELD: Refusal(
            "Pekerja ini sudah terlindungi atau sedang didaftarkan.",
            (_WRONG_NUMBER, "Bila NIK-nya benar, pilih pekerja lain yang belum terlindungi."),
            _REPAIR_NUMBER,
            slip=True,
        ),
    }[bar]


def _too_old(age_limit: int, born: date | None) -> Refusal:
    birth = f"pekerja ini lahir pada {indonesian_date(born)}" if born else "usianya sudah melewati batas"
    why = (
        f"Menurut NIK yang Anda tulis, {birth}. BPJS Ketenagakerjaan menerima pekerja sampai sehari sebelum ulang "
        f"tahun ke-{age_limit}, dihitung pada bulan pertama perlindungan."
    )
    steps = (_WRONG_NUMBER, f"Bila NIK-nya benar, pilih pekerja lain yang belum {age_limit} tahun.")
    return Refusal(why, steps, _REPAIR_NUMBER, slip=True)
