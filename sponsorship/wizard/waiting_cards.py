"""The waiting list on a donor's page: the wishes in the address, the cards below; for the wizard and for /saya/."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from crispy_forms.helper import FormHelper
from django import forms
from django.http import QueryDict

from sponsorship import queries_waiting
from sponsorship.models import Sponsorship
from sponsorship.queries_waiting import Card, Offer, Wish
from sponsorship.rules.months import Month, indonesian_date, wib

DAYS_OF_A_MONTH = 30


class WishForm(forms.Form):
    """What to look for. It travels in the address, so that it can be kept, shared and gone back to."""

    use_required_attribute = False

    pekerjaan = forms.ChoiceField(label="Jenis pekerjaan")
    kecamatan = forms.ChoiceField(label="Kecamatan")
    kelurahan = forms.ChoiceField(label="Kelurahan")

    def __init__(self, data: QueryDict, offer: Offer) -> None:
        offered = {
            "pekerjaan": {work.pk: work.name for work in offer.occupations},
            "kecamatan": offer.districts,
            "kelurahan": {ward.pk: f"{ward.name} ({ward.kecamatan.name})" for ward in offer.wards},
        }
        # A place where nobody waits any more, or a made-up one, is no wish.
        self.wishes = {name: data.get(name, "") for name in offered if data.get(name, "") in offered[name]}
        super().__init__(initial=self.wishes)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        for name, choices in offered.items():
            self.fields[name].choices = [("", "Semua"), *choices.items()]

    @property
    def wish(self) -> Wish:
        return Wish(
            self.wishes.get("pekerjaan", ""),
            self.wishes.get("kecamatan", ""),
            self.wishes.get("kelurahan", ""),
        )


def choice(data: QueryDict, *, month: Month, today: date) -> dict[str, Any]:
    """What `components/waiting_cards.html` shows: filter, page, cards, and the wishes as a query string."""
    form = WishForm(data, queries_waiting.offer(month=month))
    page = queries_waiting.cards(form.wish, month=month, number=data.get("halaman", ""), today=today)
    return {
        "wish_form": form,
        "wished": bool(form.wishes),
        "query": urlencode(form.wishes),
        "page": page,
        "cards": [{"card": card, "since": since(card)} for card in page.object_list],
    }


def say_until_when(cards: list[dict], own: list[Sponsorship]) -> None:
    """Adds `kept_until` to the card of each worker who is kept only for some days: "27 November 2026, 09.00 WIB"."""
    kept = queries_waiting.kept_until(own)
    for card, sponsorship in zip(cards, own, strict=True):
        until = kept.get(sponsorship.waiting_id)
        card["kept_until"] = f"{indonesian_date(until)}, {wib(until)}" if until else ""


def since(card: Card) -> str:
    """How long somebody waits, in words: "hari ini", "5 hari", "3 bulan"."""
    if card.days < 1:
        return "baru hari ini"
    months = card.days // DAYS_OF_A_MONTH
    return f"{months} bulan" if months else f"{card.days} hari"
