import pytest

from registry.actions.demo_accounts import OnlyInDemo, make_accounts
from registry.models import Kelurahan, Message
from registry.rules.identity import parse_nik, parse_phone
from sponsorship.actions import waiting_entry, worker_consent
from sponsorship.actions.demo_waiting import POSTER_TOKEN, make_waiting
from sponsorship.models import Poster, WaitingWorker
from tests.cast import MORNING, TODAY
from tests.on_the_list import officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts():
    make_accounts(now=MORNING)


def test_twelve_workers_of_many_wards_and_trades_wait_and_a_poster_hangs(accounts):
    assert (make_waiting(now=MORNING), make_waiting(now=MORNING)) == (12, 0)
    rows = list(WaitingWorker.objects.filter(state="waiting"))
    assert len(rows) == 12 and Poster.objects.get().token == POSTER_TOKEN
    for several in ("kelurahan_id", "occupation_id", "waiting_since"):
        assert len({getattr(row, several) for row in rows}) >= 9, several
    assert Kelurahan.objects.count() > 140 and not Message.objects.exists()


def test_their_numbers_follow_the_rules_and_fit_what_stands_beside_them(accounts):
    make_waiting(now=MORNING)
    for row in WaitingWorker.objects.all():
        nik = parse_nik(row.nik, today=TODAY)
        assert nik.ok and not nik.notes, row.name
        assert (nik.value.birth_date, nik.value.sex) == (row.birth_date, row.sex)
        assert parse_phone(row.phone).ok and worker_consent.consent_of(row)


def test_they_may_leave_as_everybody(accounts):
    make_waiting(now=MORNING)
    row = WaitingWorker.objects.first()
    assert waiting_entry.withdraw(waiting_id=row.pk, by=officer(), now=MORNING).state == "withdrawn"


def test_production_refuses_them(settings):
    settings.PRODUCTION = True
    with pytest.raises(OnlyInDemo):
        make_waiting(now=MORNING)
