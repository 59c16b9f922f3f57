"""Money is a whole number of rupiah. Here it is written for people, and read back from what people type."""

import re

from num2words import num2words

MOST_DIGITS = 15  # beyond a thousand million million nobody means it, and a bigint column no longer holds it

_DASH_TAIL = r"[.,]-{1,2}"
_AMOUNTS = (
    re.compile(rf"(0|[1-9][0-9]*)(?:,00|{_DASH_TAIL})?"),
    re.compile(rf"([1-9][0-9]{{0,2}}(?:\.[0-9]{{3}})+)(?:,00|{_DASH_TAIL})?"),
    re.compile(rf"([1-9][0-9]{{0,2}}(?: [0-9]{{3}})+)(?:,00|{_DASH_TAIL})?"),
    re.compile(rf"([1-9][0-9]{{0,2}}(?:,[0-9]{{3}})+)(?:\.00|{_DASH_TAIL})?"),
)


def rupiah(amount: int) -> str:
    """On the screen: "Rp1.234.567", without a blank (PUEBI). Raises TypeError for anything but an int."""
    sign = "-" if _whole(amount) < 0 else ""
    return f"{sign}Rp{abs(amount):,}".replace(",", ".")


def rupiah_long(amount: int) -> str:
    """On paper: "Rp1.234.567,00", as deeds and receipts write it."""
    return f"{rupiah(amount)},00"


def in_words(amount: int) -> str:
    """On paper: "enam belas ribu delapan ratus rupiah".

    Raises ValueError below zero, TypeError for anything but an int.
    """
    if _whole(amount) < 0:
        raise ValueError("An amount below zero is never written in words")
    words = num2words(amount, lang="id")
    # num2words says "satu juta satu ribu"; one thousand is "seribu", also behind millions.
    if amount // 1000 % 1000 == 1:
        words = words.replace("satu ribu", "seribu")
    return f"{words} rupiah"


def parse_rupiah(text: str) -> int | None:
    """Whole rupiah from what was typed, or None when it cannot be understood without guessing.

    Points, commas or blanks only between groups of three digits, one kind in one amount; so "100.000" is a
    hundred thousand, and "100.00" or "16,8" is nothing. "Rp" and the endings ",00" and ",-" are fine.
    """
    amount = re.sub(r"^(?:rp\.?|idr)(?=[\s0-9])", "", text.strip(), flags=re.IGNORECASE).strip()
    amount = re.sub(r"\s", " ", amount)
    matches = (pattern.fullmatch(amount) for pattern in _AMOUNTS)
    digits = next((re.sub(r"[., ]", "", match[1]) for match in matches if match), "")
    return int(digits) if 1 <= len(digits) <= MOST_DIGITS else None


def _whole(amount: int) -> int:
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise TypeError(f"Money is a whole number of rupiah, not {type(amount).__name__}")
    return amount
