"""How identity numbers are shown to people: in groups, and masked."""

from typing import Literal


def nip_display(digits: str) -> str:
    return f"{digits[:8]} {digits[8:14]} {digits[14:15]} {digits[15:]}".strip()


def nik_display(digits: str) -> str:
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def phone_display(e164: str) -> str:
    national = "0" + e164.removeprefix("+62") if e164.startswith("+62") else e164
    return "-".join(part for part in (national[:4], national[4:8], national[8:]) if part)


def mask_contact(channel: str, contact: str) -> str:
    """Enough of a contact to recognise it, not enough to learn it: s•••@contoh.go.id, •••• •••• 7890."""
    if channel == "email":
        name, _, domain = contact.partition("@")
        return f"{name[:1]}•••@{domain}" if domain else ""
    return mask(contact, "phone")


def mask(text: str, kind: Literal["nik", "nip", "account", "phone"]) -> str:
    """The number in its display grouping, last four digits only; of fewer than eight digits nothing shows."""
    plain = "0" + text[3:] if kind == "phone" and text.startswith("+62") else text
    shown = plain[-4:] if len(plain) >= 8 else ""
    hidden = "•" * (len(plain) - len(shown))
    if kind == "account":
        return f"{hidden} {shown}".strip()
    return {"nik": nik_display, "nip": nip_display, "phone": phone_display}[kind](hidden + shown)
