"""The forms of a running promise: whose contribution is paused, until when, and whose goes on."""

from collections.abc import Sequence
from typing import Any

from django import forms

from sponsorship.models import Sponsorship
from sponsorship.rules.months import Month
from sponsorship.wizard.forms import StepForm

OPEN_END = "terbuka"
LENGTHS = ((1, "Satu bulan"), (2, "Dua bulan"), (3, "Tiga bulan"))


class ChosenForm(StepForm):
    """Which of the donor's workers; `offered` are the only ones there are."""

    workers = forms.MultipleChoiceField(
        label="Untuk pekerja yang mana?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Pilih sedikitnya satu pekerja.",
            "invalid_choice": "Pilih pekerja dari daftar.",
        },
    )

    def __init__(self, *args: Any, offered: Sequence[Sponsorship], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["workers"].choices = [(str(each.pk), each.worker.name) for each in offered]


class PauseForm(ChosenForm):
    until = forms.ChoiceField(
        label="Sampai kapan?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Pilih sampai kapan iuran dijeda.",
            "invalid_choice": "Pilih lagi sampai kapan iuran dijeda.",
        },
    )

    def __init__(self, *args: Any, first: Month, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ends = [(str(first.plus(number)), _words(first, number, name)) for number, name in LENGTHS]
        self.fields["until"].choices = [*ends, (OPEN_END, "Sampai saya lanjutkan")]

    def clean_until(self) -> Month | None:
        chosen = self.cleaned_data["until"]
        return None if chosen == OPEN_END else Month.parse(chosen)


def _words(first: Month, number: int, name: str) -> str:
    last = first.plus(number - 1)
    span = first.label() if number == 1 else f"{first.label()} sampai {last.label()}"
    return f"{name}: {span}. Dipotong lagi mulai {first.plus(number).label()}"
