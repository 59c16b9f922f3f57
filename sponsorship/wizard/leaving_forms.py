"""The forms of a donor who moves or retires, and of the one question about a contribution that changes."""

import calendar
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms

from registry.models import Opd
from sponsorship.models import TariffQuestion
from sponsorship.rules.months import MONTH_NAMES, indonesian_date
from sponsorship.wizard import fields
from sponsorship.wizard.forms import StepForm

YEARS_BACK, YEARS_AHEAD = 1, 25
NO_SUCH_DAY = "Tanggal itu tidak ada. Periksa lagi tanggal dan bulannya."


class MoveForm(StepForm):
    opd = fields.PickField(
        label="OPD tempat Anda bekerja sekarang",
        missing="Pilih OPD tempat Anda bekerja sekarang.",
        help_text="Bila unit Anda tidak ada, pilih dinas, badan, atau kecamatan induknya.",
    )

    def __init__(self, *args: Any, offices: Iterable[Opd], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = dict(Opd.KINDS)
        self.fields["opd"].offer(offices, prompt="Pilih OPD", group=lambda opd: kinds[opd.kind])


class RetireForm(StepForm):
    """The first day without salary in three choices: a phone's calendar has to be wheeled back for decades."""

    day = forms.TypedChoiceField(label="Tanggal", coerce=int, choices=[(n, str(n)) for n in range(1, 32)])
    month = forms.TypedChoiceField(
        label="Bulan", coerce=int, choices=[(n, name) for n, name in enumerate(MONTH_NAMES, start=1)]
    )
    year = forms.TypedChoiceField(label="Tahun", coerce=int)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
        self.fields["year"].choices = [(year, str(year)) for year in years]
        for name, words in (("day", "Pilih tanggal."), ("month", "Pilih bulan."), ("year", "Pilih tahun.")):
            self.fields[name].error_messages |= {"required": words, "invalid_choice": words}

    def clean(self) -> None:
        parts = [self.cleaned_data.get(name) for name in ("year", "month", "day")]
        if None in parts:
            return
        year, month, day = parts
        if day > calendar.monthrange(year, month)[1]:
            self.add_error("day", NO_SUCH_DAY)
            return
        self.cleaned_data["first_day"] = date(year, month, day)

    @property
    def chosen(self) -> str:
        return indonesian_date(self.cleaned_data["first_day"])


class TariffForm(StepForm):
    answer = forms.ChoiceField(
        label="Apa pilihan Anda?",
        widget=forms.RadioSelect,
        choices=TariffQuestion.ANSWERS,
        error_messages={"required": "Pilih salah satu.", "invalid_choice": "Pilih salah satu."},
    )

    def __init__(self, *args: Any, words: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answer"].choices = [(value, words[value]) for value, _ in TariffQuestion.ANSWERS]
