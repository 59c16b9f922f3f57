import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta

import pytest

from config import clock
from config.embedded import REPOSITORY

LATE_EVENING_UTC = datetime(2026, 11, 30, 17, 30, tzinfo=UTC)  # 00.30 WIB on 1 December
A_MOMENT = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def own_clock_file(settings, tmp_path):
    settings.CLOCK_FILE = tmp_path / "var" / "clock"


def test_without_a_demo_clock_now_is_the_time_of_the_machine(settings):
    settings.APP_NOW = None
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT
    assert clock.now().utcoffset() == timedelta(0)


def test_the_clock_starts_where_it_is_set_and_runs_on(settings):
    settings.APP_NOW = datetime.fromisoformat("2026-11-24T09:00:00+07:00")
    running_for = timedelta(seconds=clock.time.time() - clock._started)
    assert abs(clock.now() - datetime(2026, 11, 24, 2, tzinfo=UTC) - running_for) < A_MOMENT
    first = clock.now()
    assert clock.now() > first


def test_today_is_the_date_in_jakarta_not_in_utc(settings):
    settings.APP_NOW = None
    settings.CLOCK_FILE.parent.mkdir()
    settings.CLOCK_FILE.write_text(f"{LATE_EVENING_UTC.isoformat()} {clock.time.time()}\n")
    assert clock.now().date() == date(2026, 11, 30)
    assert clock.today() == date(2026, 12, 1)


def test_a_moved_clock_wins_over_where_it_started_and_reaches_other_processes(settings):
    settings.APP_NOW = datetime.fromisoformat("2020-01-01T00:00:00+07:00")
    target = clock.now() + timedelta(days=400)

    clock.move_to(target)

    assert abs(clock.now() - target) < A_MOMENT
    environment = {**os.environ, "VAR_DIR": str(settings.CLOCK_FILE.parent)}
    asked = "from config.clock import now; print(now().isoformat())"
    other = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert abs(datetime.fromisoformat(other.stdout.strip()) - target) < A_MOMENT
    assert [path.name for path in settings.CLOCK_FILE.parent.iterdir() if path.is_file()] == ["clock"]


def test_the_clock_never_moves_backwards(settings):
    settings.APP_NOW = None
    with pytest.raises(RuntimeError):
        clock.move_to(clock.now() - timedelta(minutes=1))
    assert not settings.CLOCK_FILE.exists()


def test_production_neither_moves_the_clock_nor_reads_a_moved_one(settings):
    settings.APP_NOW = None
    clock.move_to(clock.now() + timedelta(days=400))
    settings.APP_MODE = "production"
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT
    with pytest.raises(RuntimeError):
        clock.move_to(clock.now() + timedelta(days=1))


def test_a_damaged_clock_file_is_ignored(settings):
    settings.APP_NOW = None
    settings.CLOCK_FILE.parent.mkdir()
    settings.CLOCK_FILE.write_text("2026-11-")
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT
