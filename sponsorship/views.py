"""Public pages: the start page with today's prices and figures, and the privacy notice."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from config.clock import now
from registry.doors import public
from registry.models import City
from registry.queries import city
from registry.rules.work import Sector
from sponsorship import queries
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month
from sponsorship.rules.tariff import FundingSource, Price, Programme, Tariff

OFFERS = (
    (Programme.JKK_JKM, "Kecelakaan kerja dan kematian (JKK + JKM)", "Perlindungan dasar."),
    (Programme.JKK_JKM_JHT, "Ditambah tabungan hari tua (JHT)", "Tabungan menjadi milik pekerja."),
)


@public("GET")
def home(request: HttpRequest) -> HttpResponse:
    profile = city()
    context = {
        "prices": lowest_prices(queries.tariff(), queries.first_open_month(now())),
        "coverage": _coverage(profile),
        "start_url": "/daftar/",
    }
    return render(request, "home.html", context)


@public("GET")
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "sponsorship/privacy.html", {"retention_days": city().scan_retention_days})


def lowest_prices(prices: Tariff, month: Month) -> list[dict]:
    """What the lowest income costs in `month` for a worker outside transport; empty without a tariff."""
    base = next(iter(prices.bases(month)), None)
    if base is None:
        return []
    offers = []
    for programme, name, words in OFFERS:
        price = prices.price(base, programme, Sector.OTHER, FundingSource.ASN_PRIBADI, month)
        full = prices.full_price(base, programme, month)
        if isinstance(price, Price) and isinstance(full, Price):
            offers.append({"name": name, **_offer(price, full, words)})
    return offers


def _offer(price: Price, full: Price, words: str) -> dict:
    offer = {"monthly": rupiah(price.total), "description": words}
    if price.discount_until and price.total < full.total:
        until = f"Keringanan berlaku sampai {price.discount_until.label()}."
        offer |= {"full_monthly": rupiah(full.total), "until": until}
    return offer


def _coverage(profile: City) -> dict | None:
    if not profile.workers_total:
        return None
    return {
        "now": 100 * profile.workers_covered / profile.workers_total,
        "goal": float(profile.coverage_target),
        "as_of": f"{_points(profile.workers_covered)} dari {_points(profile.workers_total)} pekerja terlindungi.",
        "source": profile.coverage_source.removesuffix("."),
    }


def _points(number: int) -> str:
    return f"{number:,}".replace(",", ".")
