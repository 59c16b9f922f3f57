"""One pair of real engines for the whole test run, started before Django is set up.

Given DATABASE_URL and REDIS_URL win. Under pytest-xdist the first process starts the engines and every worker gets
a test database and a Redis database number of its own.
"""

import atexit
import hashlib
import io
import os
import tempfile
from pathlib import Path

import django
import pytest

from config import embedded

TEST_RUNS = embedded.REPOSITORY / "var" / "test"

if "PYTEST_XDIST_WORKER" not in os.environ:
    TEST_RUNS.mkdir(parents=True, exist_ok=True)
    embedded.remove_dead_runs(TEST_RUNS)
    run_folder = Path(tempfile.mkdtemp(prefix="run-", dir=TEST_RUNS))
    engines = embedded.Engines(run_folder, durable=False)
    engines.start()
    atexit.register(engines.stop)
    os.environ.update(
        APP_MODE="test",
        DATABASE_URL=engines.database_url,
        REDIS_URL=engines.redis_url,
        VAR_DIR=str(run_folder),
        DJANGO_SETTINGS_MODULE="config.settings",
    )
    os.environ.pop("APP_NOW", None)
# A browser test leaves its event loop running in this process; Django would then refuse every query of the
# tests after it.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
django.setup()

from django.conf import settings as used  # noqa: E402 - needs Django set up
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from registry import intake  # noqa: E402
from registry.models import City  # noqa: E402

Path(used.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: list) -> None:
    """A queue, a cache and a data folder (with its clock) for each worker; set before Django is set up there."""
    for number, spec in enumerate(specs, start=1):
        spec.env["REDIS_URL"] = embedded.with_database(os.environ["REDIS_URL"], str(number))
        spec.env["VAR_DIR"] = os.path.join(os.environ["VAR_DIR"], f"worker{number}")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The reference data is loaded once, by the product's own command."""
    with django_db_blocker.unblock():
        call_command("load_reference", stdout=io.StringIO())


@pytest.fixture
def committed_db(transactional_db):
    """A database whose writes are committed and seen by other connections; the reference data is there as well."""
    if not City.objects.exists():
        call_command("load_reference", stdout=io.StringIO())


@pytest.fixture
def alone_in_database(committed_db):
    """Nobody else is connected: threads and processes of earlier tests may have left a connection behind."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )


@pytest.fixture(autouse=True)
def papers_of_this_test(settings, tmp_path):
    settings.PAPERS_DIR = tmp_path / "papers"


@pytest.fixture
def quick_intake(monkeypatch):
    """Uploads are taken as they are: decoding them is the business of tests/registry/test_intake.py."""

    def accept(source, kind, limits=None) -> intake.Accepted:
        source.seek(0)
        data = source.read()
        return intake.Accepted(data, "image/jpeg", (data,), hashlib.sha256(data).hexdigest())

    monkeypatch.setattr(intake, "inspect", accept)


@pytest.fixture
def quick_papers(quick_intake, monkeypatch):
    """And the mandate is a line instead of a PDF, for tests that are about something else or need many donors."""
    monkeypatch.setattr(
        "sponsorship.actions.mandates.render_mandate", lambda sheet: f"%PDF-1.7 {sheet.reference}".encode()
    )


@pytest.fixture(autouse=True)
def papers_cost_nothing(request):
    """Decoding photos and printing mandates costs seconds a donor: only tests about papers (`real_papers`) do it."""
    if (
        request.node.get_closest_marker("real_papers") is None
        and request.node.get_closest_marker("journey") is None
    ):
        request.getfixturevalue("quick_papers")
