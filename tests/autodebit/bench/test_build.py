import pytest

from autodebit.bench.build import measure_build
from autodebit.models import Batch
from sponsorship.models import Mandate


@pytest.mark.django_db
def test_the_build_is_measured_against_a_bare_copy_and_leaves_nothing():
    (figure,) = measure_build(count=50)
    assert set(figure) == {"name", "value", "unit", "against", "ratio", "goal", "met"}
    assert figure["value"] > 0 and figure["ratio"] > 0
    assert not Batch.objects.exists() and not Mandate.objects.exists()
