"""The practice bank: what it offers for a delivered batch is taken by the product as it comes."""

from datetime import UTC, date, datetime

import pytest

from autodebit.actions import books, remittance, statements
from autodebit.actions.books import Part
from autodebit.models import Attempt, Batch, StatementLine
from autodebit.queries_books import books_of
from autodebit.queries_suggestions import suggest
from autodebit.rules.books import Kind, differences
from config import clock
from opd_admin.tour.papers import receipt
from registry.rules.finding import Finding
from tests.autodebit.population import AFTER, MandateSpec
from tests.month import an_operator, apply_file, delivered_batch, frozen_batch, previewed

pytestmark = pytest.mark.django_db
PAYDAY = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 3, 3, 0, tzinfo=UTC)
HOME = "/demo/bank/"


@pytest.fixture(autouse=True)
def at(monkeypatch, settings):
    monkeypatch.setattr(clock, "_from_file", lambda: None)

    def stand(moment: datetime):
        settings.APP_NOW = moment

    stand(PAYDAY)
    return stand


@pytest.fixture
def batch():
    # The collecting account of the reference data is 0000000001: no donor has it.
    return delivered_batch([MandateSpec(account=f"00000090{number:02d}") for number in range(6)])


def page_of(client, batch, scenario):
    return client.get(f"{HOME}{batch.pk}/{scenario}/")


def fetched(client, batch, scenario, format="result_csv") -> tuple[str, bytes]:
    """The first answer file of this format, as a browser gets it."""
    files = [file for file, _ in page_of(client, batch, scenario).context["files"] if file.format == format]
    answer = client.get(f"{HOME}{batch.pk}/{scenario}/{files[0].name}")
    assert answer["Content-Disposition"] == f'attachment; filename="{files[0].name}"'
    return files[0].name, answer.content


def take_in(client, batch, scenario, format="result_csv", now=PAYDAY):
    """Fetched at the practice bank, uploaded and applied."""
    name, data = fetched(client, batch, scenario, format)
    return apply_file(previewed(batch, data, format=format, name=name, now=now), now=now)


def states(batch) -> dict[str, int]:
    found = list(batch.attempts.order_by().values_list("state", flat=True))
    return {state: found.count(state) for state in set(found)}


def test_in_production_no_page_of_it_exists(client, settings, batch):
    names = ["", f"{batch.pk}/", f"{batch.pk}/berhasil/", f"{batch.pk}/berhasil/x.csv"]
    pages = [*names, "mutasi/113/2026-12/camt053/"]
    settings.PRODUCTION = True
    assert {client.get(HOME + page).status_code for page in pages} == {404}


def test_the_practice_list_says_whose_turn_it_is(client, at):
    at(AFTER)
    frozen_batch(2)
    todo = client.get(HOME).context["todo"]
    turns = {row["title"]: row["state"] for row in todo}
    assert turns["Majukan jam melewati batas waktu"] == "Selesai"
    assert turns["Setujui berdua"] == "Giliran sekarang"
    assert turns["Tutup bulan dan buat paket audit"] == "Nanti"


def test_before_payday_the_bank_knows_nothing(client, at, batch):
    at(AFTER)
    page = client.get(f"{HOME}{batch.pk}/")
    assert page.context["too_early"] and "Selasa, 1 Desember 2026" in page.content.decode()
    assert page_of(client, batch, "berhasil").status_code == 404


def test_a_batch_that_was_not_handed_over_is_not_at_the_bank(client):
    frozen = frozen_batch(2)
    assert client.get(f"{HOME}{frozen.pk}/").status_code == 404
    assert str(frozen.pk) not in client.get(HOME).content.decode()


def test_every_scenario_says_what_happens_before_a_file_is_fetched(client, batch):
    for key, told in client.get(f"{HOME}{batch.pk}/").context["scenarios"]:
        page = page_of(client, batch, key).content.decode()
        assert told.happens in page and told.to_do in page and "LATIHAN" in page


def test_an_answer_is_the_same_each_time_and_another_name_is_none(client, batch):
    assert fetched(client, batch, "biasa") == fetched(client, batch, "biasa")
    assert client.get(f"{HOME}{batch.pk}/biasa/lain.csv").status_code == 404
    assert client.get(f"{HOME}{batch.pk}/lain/").status_code == 404


def test_an_everyday_month_in_the_table_of_the_bank(client, batch):
    take_in(client, batch, "biasa")
    assert states(batch) == {"succeeded": 4, "failed": 2}
    assert sorted(batch.attempts.filter(state="failed").values_list("code", flat=True)) == [
        "AC04",
        "AM04",
    ]


def test_an_everyday_month_in_iso_messages_ends_alike(client, batch):
    take_in(client, batch, "biasa", "pain002")
    assert states(batch) == {"sent": 4, "failed": 2}
    take_in(client, batch, "biasa", "camt054")
    assert states(batch) == {"succeeded": 4, "failed": 2}


@pytest.mark.parametrize("scenario", ["terpotong", "jumlah-salah"])
@pytest.mark.parametrize("format", ["result_csv", "camt054"])
def test_a_broken_answer_is_set_aside_and_changes_nothing(client, batch, scenario, format):
    name, data = fetched(client, batch, scenario, format)
    assert previewed(batch, data, format=format, name=name, now=PAYDAY).state == "quarantined"
    assert states(batch) == {"sent": 6}


@pytest.mark.parametrize("format", ["result_csv", "pacs004", "camt054"])
def test_money_is_taken_back_from_one_line_that_had_succeeded(client, at, batch, format):
    take_in(client, batch, "berhasil")
    at(LATER)
    take_in(client, batch, "retur", format, now=LATER)
    assert states(batch) == {"succeeded": 5, "returned": 1}
    assert Attempt.objects.get(state="returned").code == "MD06"


def test_before_anything_succeeded_nothing_can_go_back(client, batch):
    assert "belum ada yang dapat ditarik kembali" in page_of(client, batch, "retur").content.decode()


def test_a_silent_bank_offers_no_file(client, batch):
    page = page_of(client, batch, "diam")
    assert page.context["files"] == [] and "Bank diam" in page.content.decode()


@pytest.mark.parametrize("format", ["camt053", "statement_csv"])
def test_the_statement_shows_the_net_credit_its_fee_replaced_and_what_went_back(client, at, batch, format):
    take_in(client, batch, "berhasil")
    at(LATER)
    take_in(client, batch, "retur", now=LATER)
    booked(client, batch, format)

    net, replaced, back = StatementLine.objects.order_by("booked_on", "id")
    assert (net.amount, replaced.amount, back.amount) == (6 * 8_400 - 2_500, 2_500, -8_400)
    assert (net.booked_on, back.booked_on) == (date(2026, 12, 1), date(2026, 12, 3))
    assert proposed(net) == [(Kind.COLLECTED, 50_400), (Kind.FEE, -2_500)]
    assert proposed(back) == [(Kind.RETURNED, -8_400)]


def test_a_month_explained_as_proposed_is_paid_to_bpjs_and_nothing_is_left(client, at, batch):
    take_in(client, batch, "biasa")
    booked(client, batch, "camt053")
    explain_all()
    assert Batch.objects.get().state == "reconciled"
    held = books_of(batch.profile, "2026-12").held
    paid = remittance.record(
        profile=batch.profile, period="2026-12", amount=held, paid_on=PAYDAY.date(), payment_reference="LATIHAN-1",
        evidence_file=receipt("LATIHAN"), by=an_operator(), now=clock.now(),
    )  # fmt: skip
    assert getattr(paid, "pk", None), paid
    booked(client, batch, "statement_csv")
    explain_all()
    assert differences(books_of(batch.profile, "2026-12")) == ()
    assert StatementLine.objects.count() == 3


def test_a_later_statement_brings_only_what_is_new(client, at, batch):
    take_in(client, batch, "berhasil")
    booked(client, batch, "statement_csv")
    assert StatementLine.objects.count() == 2
    at(LATER)
    take_in(client, batch, "retur", now=LATER)
    booked(client, batch, "camt053")
    assert StatementLine.objects.count() == 3


def test_before_an_answer_is_applied_there_is_no_statement(client, batch):
    assert client.get(f"{HOME}mutasi/113/2026-12/camt053/").status_code == 404
    assert client.get(f"{HOME}mutasi/113/2026-11/camt053/").status_code == 404
    assert "Belum ada uang yang bergerak" in client.get(HOME).content.decode()


def booked(client, batch, format):
    answer = client.get(f"{HOME}mutasi/{batch.profile_id}/2026-12/{format}/")
    kept = statements.receive(
        profile=batch.profile, format=format, name="LATIHAN", data=answer.content, by=an_operator(), now=clock.now()
    )  # fmt: skip
    assert getattr(kept, "pk", None), kept
    return kept


def proposed(line) -> list[tuple[Kind, int]]:
    return [(part.kind, part.amount) for part in suggest(line)[0].parts]


def explain_all() -> None:
    """Every booking without an explanation, oldest first, by the first proposal."""
    for line in StatementLine.objects.filter(allocations=None).order_by("booked_on", "id"):
        parts = [Part(part.period, part.kind, part.batch_id, part.amount) for part in suggest(line)[0].parts]
        done = books.explain(line_id=line.pk, parts=parts, by=an_operator(), now=clock.now())
        assert not isinstance(done, Finding), done
