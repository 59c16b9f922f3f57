"""Form fields that read leniently, keep what was typed, and hand over the one canonical form.

Each `ParsedField` takes a pure `parse_*` rule. A refusal becomes the field's error; a note waits in `notes_of(form)`
for the verifier. What the donor typed stays in the input as it is, because a bound field shows its raw data.
"""

import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from django import forms

from config.clock import today
from registry.rules.finding import Finding, Parsed
from registry.rules.identity import parse_account, parse_nik, parse_nip, parse_phone
from registry.rules.names import parse_email, parse_name
from sponsorship.printing import unprintable
from sponsorship.rules.money import parse_rupiah
from sponsorship.rules.months import Month

# Longer than anything honest, short enough for the rules to look at; only then do they.
LONGEST_INPUT = 400

TOO_LONG = "Isian ini terlalu panjang. Tulis lebih singkat."


class ParsedField(forms.CharField):
    """A text whose meaning a rule decides; the cleaned value is what the rule made of it.

    `empty`: what to say when nothing was typed, where the rule's own words would name another field.
    """

    def __init__(
        self,
        parse: Callable[[str], Parsed] | None = None,
        *,
        longest: int = LONGEST_INPUT,
        empty: str = "",
        **kwargs: Any,
    ) -> None:
        self.parse = parse
        self.longest = longest
        self.empty = empty
        self.notes: tuple[Finding, ...] = ()
        super().__init__(strip=False, **kwargs)

    def clean(self, value: Any) -> Any:
        self.notes = ()
        text = str(value or "")
        if not text.strip() and not self.required:
            return ""
        if not text.strip() and self.empty:
            raise forms.ValidationError(self.empty)
        if len(text) > LONGEST_INPUT:
            raise forms.ValidationError(TOO_LONG)
        parsed = self.parse(text) if self.parse else Parsed(text)
        if not parsed.ok:
            found = parsed.refusals
            raise forms.ValidationError(
                [forms.ValidationError(each.message, code=each.code) for each in found]
            )
        if isinstance(parsed.value, str) and len(parsed.value) > self.longest:
            raise forms.ValidationError(
                f"Isian ini terlalu panjang. Tulis paling banyak {self.longest} huruf."
            )
        self.notes = parsed.notes
        return parsed.value


def text_input(mode: str = "", width: str = "", **attributes: str) -> forms.TextInput:
    """A plain text input with the right keyboard; never type=number, which eats zeros and shows arrows."""
    attrs = {"inputmode": mode, "class": width, **attributes}
    return forms.TextInput(attrs={name: value for name, value in attrs.items() if value})


def name_field(label: str, *, longest: int = 120, **kwargs: Any) -> ParsedField:
    return ParsedField(_printable_name, label=label, longest=longest, **kwargs)


def line_field(label: str, *, longest: int, empty: str, **kwargs: Any) -> ParsedField:
    """One line of free text, such as a post or a place."""
    return ParsedField(lambda text: _line(text, empty), label=label, longest=longest, **kwargs)


def nip_field(label: str, **kwargs: Any) -> ParsedField:
    return ParsedField(
        lambda text: parse_nip(text, today=today()),
        label=label,
        widget=text_input("numeric", "width-18"),
        **kwargs,
    )


def nik_field(label: str, **kwargs: Any) -> ParsedField:
    return ParsedField(
        lambda text: parse_nik(text, today=today()),
        label=label,
        widget=text_input("numeric", "width-18"),
        **kwargs,
    )


def phone_field(label: str, **kwargs: Any) -> ParsedField:
    """The cleaned value is E.164, or empty when the field is optional and was left empty."""
    widget = kwargs.pop("widget", None) or text_input("tel", "width-18", type="tel")
    return ParsedField(lambda text: _of(parse_phone(text), "e164"), label=label, widget=widget, **kwargs)


def email_field(label: str, **kwargs: Any) -> ParsedField:
    widget = text_input(
        "email", type="email", autocomplete="email", autocapitalize="none", spellcheck="false"
    )
    return ParsedField(parse_email, label=label, widget=widget, **kwargs)


def account_field(
    label: str, *, pattern: str = r"^\d{5,20}$", hint: str = "berupa angka", **kwargs: Any
) -> ParsedField:
    return ParsedField(
        lambda text: parse_account(text, pattern=pattern, hint=hint),
        label=label,
        widget=text_input("numeric", "width-18", autocomplete="off"),
        **kwargs,
    )


def rupiah_field(label: str, **kwargs: Any) -> ParsedField:
    """Whole rupiah as int."""
    return ParsedField(
        _rupiah, label=label, widget=text_input("numeric", "width-10", autocomplete="off"), **kwargs
    )


class PickField(forms.ChoiceField):
    """One row out of a list that the form offers; the cleaned value is the row itself.

    A native select, so that every phone and every keyboard can search it.
    """

    def __init__(self, *, missing: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.missing = missing
        self.rows: dict[str, Any] = {}

    def offer(
        self,
        rows: Iterable[Any],
        *,
        prompt: str,
        label: Callable[[Any], str] = str,
        group: Callable[[Any], str] | None = None,
    ) -> None:
        """Offers `rows` by primary key, grouped in the order in which the groups first appear."""
        self.rows = {str(row.pk): row for row in rows}
        groups: dict[str, list[tuple[str, str]]] = {}
        for key, row in self.rows.items():
            groups.setdefault(group(row) if group else "", []).append((key, label(row)))
        listed = list(groups.items()) if group else groups.get("", [])
        self.choices = [("", prompt), *listed]

    def clean(self, value: Any) -> Any:
        row = self.rows.get(str(value or ""))
        if row is None:
            raise forms.ValidationError(self.missing)
        return row


class MonthField(forms.ChoiceField):
    """The first month of a promise: None for the first open one, else one of the eleven after it."""

    widget = forms.Select(attrs={"class": "width-18"})

    def offer(self, first: Month) -> None:
        self.later = {str(month): month for month in (first.plus(number) for number in range(1, 12))}
        soonest = ("", f"Secepatnya: {first.label()}")
        self.choices = [soonest, *((key, month.label()) for key, month in self.later.items())]

    def clean(self, value: Any) -> Month | None:
        if not value:
            return None
        if str(value) not in self.later:
            raise forms.ValidationError("Pilih bulan dari daftar.")
        return self.later[str(value)]


class PapersField(forms.FileField):
    """The files chosen for one kind of paper; what they hold is looked at when they are handed in."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        return data


def notes_of(form: forms.Form) -> list[Finding]:
    """Odd but possible input of a valid form, for the verifier."""
    return [note for field in form.fields.values() for note in getattr(field, "notes", ())]


def grouped(digits: str, size: int = 4) -> str:
    """An account number as it is read out: 0123 4567 89."""
    return " ".join(digits[start : start + size] for start in range(0, len(digits), size))


def _of(parsed: Parsed, attribute: str) -> Parsed:
    return Parsed(getattr(parsed.value, attribute), parsed.findings) if parsed.ok else parsed


def _printable_name(text: str) -> Parsed[str]:
    parsed = parse_name(text)
    return _refuse_unprintable(parsed) if parsed.ok else parsed


def _refuse_unprintable(parsed: Parsed[str]) -> Parsed[str]:
    strange = unprintable(parsed.value or "")
    if not strange:
        return parsed
    message = f"Huruf atau tanda ini tidak dapat dicetak pada surat kuasa: {strange[:12]}. Tulis dengan huruf Latin."
    return Parsed(None, (Finding("unprintable", message),))


def _line(text: str, empty: str) -> Parsed[str]:
    composed = unicodedata.normalize("NFC", text)
    line = " ".join("".join(c for c in composed if c.isspace() or unicodedata.category(c)[0] != "C").split())
    if sum(c.isalnum() for c in line) < 2:
        return Parsed(None, (Finding("empty", empty),))
    return _refuse_unprintable(Parsed(line))


def _rupiah(text: str) -> Parsed[int]:
    amount = parse_rupiah(text)
    if amount is None:
        return Parsed(None, (Finding("amount", "Tulis jumlah dalam rupiah tanpa sen, misalnya Rp50.000."),))
    return Parsed(amount)
