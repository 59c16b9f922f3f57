import pytest

from registry.rules.roles import Role
from tests import at_state
from tests.cast import MORNING, RARA
from tests.staff_client import client_of


@pytest.fixture
def morning(settings):
    """The product's clock stands in the morning on which the cast hands in its papers."""
    settings.APP_NOW = MORNING
    return MORNING


@pytest.fixture
def verifier(db):
    return at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES")


@pytest.fixture
def desk(verifier, morning):
    """The verifier's browser, signed in."""
    return client_of(verifier)


@pytest.fixture
def taken(verifier, morning):
    """A case in the hands of the verifier."""
    return at_state.in_check(RARA, verifier)
