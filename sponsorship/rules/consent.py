"""The consent a donor gives before a mandate is printed: one versioned text, in figures and words (UU 27/2022
art. 20-22)."""

import hashlib
from dataclasses import dataclass
from datetime import date

from sponsorship.rules.money import in_words, rupiah
from sponsorship.rules.months import Month, indonesian_weekday_date

VERSION = "2026-11"
MANDATE_TEXT_VERSION = "2026-11"


# (first month, rupiah from then on), earliest first.
Steps = tuple[tuple[Month, int], ...]


@dataclass(frozen=True)
class Figures:
    """What the text names: rupiah a month, the first month and its payday, and the last four digits of the account.

    `later`: what the sum becomes as one discount after the other ends; without it, the normal tariff follows at once.
    """

    workers: int
    amount_now: int
    amount_full: int
    discount_until: Month | None
    ceiling: int
    account_tail: str
    bank: str
    start: Month
    payday: date
    cutoff_days: int
    cutoff_hour: int
    later: Steps = ()


def consent_text(figures: Figures) -> str:
    """The text a donor agrees to, paragraph by paragraph; its SHA-256 is kept with the consent."""
    until = f" {later_words(figures)} per bulan dengan tarif normal" if figures.discount_until else ""
    return "\n\n".join(
        (
            f"Saya dengan sukarela menanggung iuran BPJS Ketenagakerjaan bagi {figures.workers} pekerja sebesar "
            f"{rupiah(figures.amount_now)} ({in_words(figures.amount_now)}) per bulan{until}.",
            f"Iuran dipotong dari rekening {figures.bank} saya yang berakhiran {figures.account_tail}, "
            f"pertama kali pada "
            f"{indonesian_weekday_date(figures.payday)} bersamaan dengan gaji, dan seterusnya setiap "
            f"hari kerja pertama.",
            f"Potongan tidak pernah melebihi {rupiah(figures.ceiling)} ({in_words(figures.ceiling)}) per bulan. "
            "Bila iuran melebihi batas itu, tidak ada potongan dan saya diberi tahu.",
            "Saya dapat berhenti kapan saja tanpa alasan dan tanpa biaya. Penghentian berlaku mulai "
            "bulan berikutnya yang "
            f"belum dibekukan, yaitu bila saya sampaikan paling lambat {figures.cutoff_days} hari kerja "
            f"sebelum tanggal "
            f"potong pukul {figures.cutoff_hour:02d}.00 WIB.",
            "Saya setuju data saya dan data pekerja yang saya daftarkan dipakai hanya untuk pendaftaran, pemotongan, "
            f"pembayaran, dan pelaporan iuran ini, dan diteruskan kepada {figures.bank} serta BPJS Ketenagakerjaan. "
            "Saya sudah memberi tahu pekerja tersebut.",
        )
    )


def later_words(figures: Figures) -> str:
    """ "sampai Desember 2026, lalu Rp47.200 sampai Maret 2027, lalu Rp57.600"; empty without a discount."""
    if figures.discount_until is None:
        return ""
    steps = figures.later or ((figures.discount_until.next(), figures.amount_full),)
    ends = [first.previous().label() for first, _ in steps[1:]]
    then = [f"lalu {rupiah(amount)}" for _, amount in steps]
    spans = [*(f"{step} sampai {end}" for step, end in zip(then, ends, strict=False)), then[-1]]
    return f"sampai {figures.discount_until.label()}, {', '.join(spans)}"


def kept_figures(figures: Figures) -> dict:
    """What is kept of the figures with the consent, which can never be erased: all but the digits of the account."""
    until = figures.discount_until
    return {
        "workers": figures.workers,
        "amount_now": figures.amount_now,
        "amount_full": figures.amount_full,
        "discount_until": str(until) if until else "",
        "ceiling": figures.ceiling,
        "bank": figures.bank,
        "start": str(figures.start),
        "payday": figures.payday.isoformat(),
        "cutoff_days": figures.cutoff_days,
        "cutoff_hour": figures.cutoff_hour,
        "later": [[str(first), amount] for first, amount in figures.later],
    }


def text_again(kept: dict, account_tail: str) -> str:
    """The text of this version once more, from what was kept and the last digits of the account.

    Whether it is the very text that was agreed to, its hash says. Raises KeyError when a figure was not kept.
    """
    until = kept["discount_until"]
    return consent_text(
        Figures(
            workers=kept["workers"],
            amount_now=kept["amount_now"],
            amount_full=kept["amount_full"],
            discount_until=Month.parse(until) if until else None,
            ceiling=kept["ceiling"],
            account_tail=account_tail,
            bank=kept["bank"],
            start=Month.parse(kept["start"]),
            payday=date.fromisoformat(kept["payday"]),
            cutoff_days=kept["cutoff_days"],
            cutoff_hour=kept["cutoff_hour"],
            later=tuple((Month.parse(first), amount) for first, amount in kept.get("later", ())),
        )
    )


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
