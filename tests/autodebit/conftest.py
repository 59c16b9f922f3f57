import pytest

from autodebit.models import BankProfile
from tests.autodebit.population import make_staff


@pytest.fixture
def profile(db):
    return BankProfile.objects.get(bank_id="113")


@pytest.fixture
def operator(db):
    return make_staff("operator", "labour_operator")


@pytest.fixture
def approvers(db):
    return make_staff("penyetuju1", "labour_approver"), make_staff("penyetuju2", "labour_approver")
