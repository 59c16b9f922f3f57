import pytest

from autodebit.actions.books import Part
from autodebit.models import StatementLine
from autodebit.queries_suggestions import suggest
from autodebit.rules.books import Kind
from tests.autodebit.bookkeeping import PAID_AT, booked, credited, explained, part, remitted
from tests.autodebit.population import PERIOD
from tests.month import RETURNED_AT, answered_batch, applied, message_id_of, references

pytestmark = pytest.mark.django_db
TOTAL = 25_200


@pytest.fixture
def batch(profile):
    return answered_batch()


def offered(line: StatementLine) -> list[list[tuple]]:
    return [[(part.kind, part.batch_id, part.amount) for part in each.parts] for each in suggest(line)]


def test_the_exact_sum_of_a_batch_is_proposed(batch):
    (line,) = booked((TOTAL, "HASIL"))
    assert offered(line) == [[(Kind.COLLECTED, batch.pk, TOTAL)]]
    assert suggest(line)[0].why == "Jumlahnya tepat: Desember 2026 gelombang 1"


def test_our_number_of_the_file_comes_first_and_knows_the_fee(batch):
    (line,) = booked((TOTAL - 5_000, f"AUTODEBET {message_id_of(batch)}"))
    assert line.our_reference == message_id_of(batch)
    assert offered(line) == [[(Kind.COLLECTED, batch.pk, TOTAL), (Kind.FEE, batch.pk, -5_000)]]


def test_a_difference_too_large_for_a_fee_is_not_proposed(batch):
    (line,) = booked((TOTAL - 5_000, "HASIL"))
    assert offered(line) == []


def test_what_is_proposed_explains_the_booking(batch):
    (line,) = booked((TOTAL - 500, "HASIL"))
    (best,) = suggest(line)
    explained(line, *(Part(p.period, p.kind, p.batch_id, p.amount) for p in best.parts))
    assert suggest(line) == []


def test_what_is_explained_already_is_not_proposed_again(batch):
    credited(batch, TOTAL)
    (line,) = booked((TOTAL, "HASIL", "LAGI-1"))
    assert offered(line) == []


def test_the_payment_to_bpjs_is_recognised(batch):
    credited(batch, TOTAL)
    remitted()
    (line,) = booked((-TOTAL, "TRANSFER", "T-1"), now=PAID_AT)
    assert offered(line) == [[(Kind.REMITTED, None, -TOTAL)]]


def test_a_return_is_recognised_by_its_reference_and_by_its_sum(batch):
    credited(batch, TOTAL)
    reference = references(batch)[0]
    applied(batch, {reference: "returned MD06"}, now=RETURNED_AT, name="R.csv")
    by_reference, by_sum = booked(
        (-8_400, f"RETUR {reference}", "R-1"), (-8_400, "RETUR", "R-2"), now=RETURNED_AT
    )
    assert suggest(by_reference)[0].why == "Rujukan baris potongan kami"
    for line in (by_reference, by_sum):
        assert offered(line) == [[(Kind.RETURNED, batch.pk, -8_400)]]


def test_a_fee_is_recognised_by_its_words(batch):
    fee, other = booked((-2_500, "Biaya Adm Bulanan", "B-1"), (-2_500, "TARIKAN", "B-2"))
    assert offered(fee) == [[(Kind.FEE, batch.pk, -2_500)]]
    assert offered(other) == []


def test_the_replacement_of_fees_is_recognised(batch):
    credited(batch, TOTAL, fee=500)
    (line,) = booked((500, "DARI KAS DINAS", "K-1"))
    assert offered(line) == [[(Kind.TOP_UP, None, 500)]]
    explained(line, part(500, Kind.TOP_UP))
    assert suggest(line) == [] and part(500, Kind.TOP_UP).period == PERIOD
