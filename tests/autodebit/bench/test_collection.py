from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from autodebit.bench.collection import measure_collection
from autodebit.bench.scratch import scratch_database
from autodebit.bench.worker import in_a_worker
from autodebit.models import Attempt, Batch, ResultFile
from registry.models import City, User
from sponsorship.models import Mandate
from tests.autodebit.population import AFTER

SHAPE = {"name", "value", "unit", "against", "ratio", "goal", "met"}


@pytest.mark.django_db(transaction=True)
def test_a_month_is_sealed_and_answered_in_workers_and_nothing_stays(alone_in_database):
    seen = []

    def look(batch: Batch) -> dict[str, int]:
        states = set(Attempt.objects.filter(batch=batch).values_list("state", flat=True))
        seen.append((batch.count, batch.state, states, ResultFile.objects.get().state))
        return {"page": batch.count}

    figures = measure_collection(40, 60, 2, look)
    assert seen == [
        (40, "sealed", {"succeeded", "failed"}, "applied"),
        (20, "sealed", {"succeeded", "failed"}, "applied"),
    ]
    assert all(set(figure) == SHAPE and figure["value"] >= 0 for figure in figures)
    units = [figure["unit"] for figure in figures]
    assert units == ["s", "MB", "s", "MB", "queries", "s", "MB"]
    assert figures[4]["ratio"] == 2 and not figures[4]["met"]
    assert not Batch.objects.exists() and not Mandate.objects.exists()


def test_a_scratch_database_has_what_the_other_has_and_keeps_nothing_of_it(alone_in_database):
    home, papers = connection.settings_dict["NAME"], settings.PAPERS_DIR
    with scratch_database("contoh"):
        assert connection.settings_dict["NAME"] == f"{home}_contoh"
        assert City.objects.exists()
        User.objects.create(username="contoh-sementara")
        (folder := Path(settings.PAPERS_DIR)).joinpath("contoh").write_text("")
    assert connection.settings_dict["NAME"] == home and papers == settings.PAPERS_DIR
    assert not User.objects.filter(username="contoh-sementara").exists() and not folder.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [f"{home}_contoh"])
        assert cursor.fetchone() == (0,)


def test_a_failure_inside_leads_back_to_the_own_database(alone_in_database):
    home = connection.settings_dict["NAME"]
    with pytest.raises(ValueError, match="contoh"), scratch_database("contoh"):
        raise ValueError("contoh")
    assert connection.settings_dict["NAME"] == home and City.objects.exists()


@pytest.mark.django_db
def test_no_database_is_copied_from_inside_a_transaction():
    with pytest.raises(RuntimeError, match="transaction"), scratch_database("contoh"):
        pass


def test_work_that_cannot_be_done_is_told_with_its_reason(committed_db):
    with pytest.raises(RuntimeError, match=r"build: (.|\n)*DoesNotExist"):
        in_a_worker("build", "00000000-0000-4000-8000-000000000000", AFTER)
