"""Public pages: the start page with today's prices, a calculator and figures, and the privacy notice."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from config.clock import now
from registry.doors import public
from registry.models import City
from registry.queries import city
from registry.rules.work import Sector
from sponsorship import queries
from sponsorship.rules.money import rupiah
from sponsorship.rules.months import Month
from sponsorship.rules.tariff import FundingSource, Price, Programme, Tariff
from sponsorship.wizard.views.entry import greeting

OFFERS = (
    (Programme.JKK_JKM, "Kecelakaan kerja dan kematian (JKK + JKM)", "Perlindungan dasar."),
    (Programme.JKK_JKM_JHT, "Ditambah tabungan hari tua (JHT)", "Tabungan menjadi milik pekerja."),
)
# The kinds of work as the calculator asks for them; a transport worker's discount has dates of its own.
KINDS_OF_WORK = (
    (Sector.OTHER, "Pedagang, tukang, nelayan, buruh, marbot, dan lainnya"),
    (Sector.TRANSPORT, "Pengemudi: ojek, becak, sopir, kurir"),
)


@public("GET")
def home(request: HttpRequest) -> HttpResponse:
    profile = city()
    prices, month = queries.tariff(), queries.first_open_month(now())
    context = {
        "prices": lowest_prices(prices, month),
        "calculator": calculator(request.GET, prices, month, profile.workers_per_registration),
        "coverage": _coverage(profile),
        "opd_name": greeting(request),
        "start_url": reverse("wizard_start"),
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


def calculator(asked: QueryDict, prices: Tariff, month: Month, most: int) -> dict | None:
    """What several workers of one kind cost in `month`, as the address asks: `program`, `kerja`, `pekerja`.

    Anything else than an offered choice counts as not chosen; None without a tariff.
    """
    base = next(iter(prices.bases(month)), None)
    if base is None:
        return None
    programme = _chosen(asked.get("program"), [offer[0] for offer in OFFERS])
    sector = _chosen(asked.get("kerja"), [kind[0] for kind in KINDS_OF_WORK])
    counts = [str(number) for number in range(1, most + 1)]
    workers = int(_chosen(asked.get("pekerja"), counts))
    price = prices.price(base, programme, sector, FundingSource.ASN_PRIBADI, month)
    full = prices.full_price(base, programme, month)
    if not (isinstance(price, Price) and isinstance(full, Price)):
        return None
    return {
        "programmes": [(value.value, name, value == programme) for value, name, _ in OFFERS],
        "kinds": [(value.value, name, value == sector) for value, name in KINDS_OF_WORK],
        "counts": [(count, count == str(workers)) for count in counts],
        "workers": workers,
        "month": month.label(),
        "one": rupiah(price.total),
        "total": rupiah(workers * price.total),
        "full_total": rupiah(workers * full.total),
        "until": price.discount_until.label() if price.discount_until and price.total < full.total else "",
        "base": rupiah(base),
    }


def _chosen(value: str | None, offered: list) -> str:
    """The offered choice of that value, the first one without any."""
    return next((choice for choice in offered if choice == value), offered[0])


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
