"""kill -9 in the middle of the long works of the month: nothing half is left, and the next sweep finishes."""

import os
import subprocess
import sys
import time
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as used
from django.core.cache import cache
from django.db import connection

from autodebit import tasks
from autodebit.actions import results, waves
from autodebit.actions.sealing import request_seal
from autodebit.models import Attempt, BankFile, Batch, Entry, Exclusion, FollowUp, Obligation, ResultFile
from registry.actions import documents
from registry.models import AuditEvent
from sponsorship.models import Mandate
from tests.autodebit.bookkeeping import jateng
from tests.autodebit.payday import violations
from tests.autodebit.population import AFTER, PERIOD
from tests.month import (
    ANSWERED_AT,
    SEALED_AT,
    an_operator,
    answer_file,
    answered_batch,
    approved,
    delivered_batch,
    done,
    frozen_batch,
    previewed,
    received,
    references,
)

LINES = 30

# A worker that does one task, stops at one of its steps, and waits there to be killed.
WORKER = """
import sys, time, django
django.setup()
task, number, stop, papers = sys.argv[1:]
from pathlib import Path
from django.conf import settings
settings.PAPERS_DIR = Path(papers)
from autodebit import tasks
from autodebit.actions import progress
def say(row, step, steps, **more):
    print(step, flush=True)
    if step == int(stop):
        time.sleep(120)
progress.say = say
getattr(tasks, task)(number)
"""


@pytest.fixture
def clock(monkeypatch):
    moment = [AFTER]
    monkeypatch.setattr(tasks, "now", lambda: moment[0])
    cache.clear()
    return moment


def kill_worker_at(task: str, row, step: int, now: datetime) -> None:
    address = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, task, str(row.pk), str(step), str(used.PAPERS_DIR)],
        env={**os.environ, "DATABASE_URL": url, "APP_NOW": now.isoformat()},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        reached = any(int(line) == step for line in worker.stdout)
        assert reached and worker.poll() is None, "the worker never came to this step"
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()


def sweep_until(row, state: str, seconds: float = 15) -> None:
    """The killed worker's connection may take a moment to be noticed."""
    deadline = time.monotonic() + seconds
    while row.state != state:
        assert time.monotonic() < deadline, f"still {row.state}, not {state}"
        tasks.sweep()
        row.refresh_from_db()


def journal(event: str) -> int:
    return AuditEvent.objects.filter(event=event).count()


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_worker_killed_while_it_reads_an_answer_leaves_no_line_of_it(committed_db, clock, step):
    batch = delivered_batch(LINES)
    file = received(batch, answer_file(batch))
    kill_worker_at("read_result", file, step, ANSWERED_AT)

    file.refresh_from_db()
    assert (file.state, file.lines.count(), file.summary) == ("received", 0, {})

    clock[0] = ANSWERED_AT
    sweep_until(file, "previewed")
    assert (file.lines.count(), journal("result.previewed")) == (LINES, 1)


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_worker_killed_while_it_applies_an_answer_leaves_every_line_at_the_bank(committed_db, clock, step):
    batch = delivered_batch(LINES)
    words = ["succeeded", "failed AC04", "failed AM04"] * 10
    file = previewed(batch, answer_file(batch, dict(zip(references(batch), words, strict=True))))
    typed = results.figure_to_type(file)
    file = done(results.request_apply(file_id=file.pk, typed_total=typed, by=an_operator(), now=ANSWERED_AT))
    kill_worker_at("apply_result", file, step, ANSWERED_AT)

    file.refresh_from_db()
    assert (file.state, file.applied_at) == ("previewed", None)
    assert set(Attempt.objects.values_list("state", flat=True)) == {"sent"}
    assert set(Obligation.objects.values_list("state", flat=True)) == {"open"}
    assert set(Mandate.objects.values_list("state", flat=True)) == {"active"}
    assert not Entry.objects.exists() and not FollowUp.objects.exists()

    clock[0] = ANSWERED_AT
    sweep_until(file, "applied")
    assert (Entry.objects.count(), FollowUp.objects.count(), journal("result.applied")) == (10, 10, 1)
    assert Mandate.objects.filter(state="suspended").count() == 10
    assert violations() == []


@pytest.mark.parametrize("step", [2, 5, 6])
def test_a_worker_killed_while_it_fills_a_retry_wave_leaves_it_empty(committed_db, clock, step):
    first = answered_batch(LINES, ["failed AM04"] * 20 + ["failed AC04"] * 10)
    wave = done(waves.open_next(profile=jateng(), period=PERIOD, by=an_operator(), now=ANSWERED_AT))
    kill_worker_at("build_batch", wave, step, ANSWERED_AT)

    wave.refresh_from_db()
    assert (wave.state, wave.count) == ("open", 0)
    assert not Attempt.objects.exclude(batch=first).exists()
    assert not Exclusion.objects.filter(batch=wave).exists()

    clock[0] = ANSWERED_AT
    sweep_until(wave, "frozen")
    assert (wave.count, Attempt.objects.count(), journal("batch.frozen")) == (20, LINES + 20, 2)
    assert Exclusion.objects.filter(batch=wave, reason="not_retryable").count() == 10
    assert Batch.objects.count() == 2 and violations() == []


@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_worker_killed_while_it_seals_leaves_an_approved_batch_without_files(committed_db, clock, step):
    batch = approved(frozen_batch(LINES))
    done(request_seal(batch_id=batch.pk, by=an_operator(), now=SEALED_AT))
    kill_worker_at("seal_batch", batch, step, SEALED_AT)

    batch.refresh_from_db()
    assert (batch.state, batch.sealed_at) == ("approved", None)
    assert batch.seal_requested_at and not BankFile.objects.exists()
    assert set(Attempt.objects.values_list("state", flat=True)) == {"approved"}

    clock[0] = SEALED_AT
    sweep_until(batch, "sealed")
    assert sorted(BankFile.objects.values_list("format", flat=True)) == ["bank_csv", "pain008"]
    for file in BankFile.objects.all():
        assert len(documents.read(file.sha256)) > 0
    assert journal("batch.sealed") == 1 and violations() == []


def test_a_worker_killed_twice_still_leaves_one_answer(committed_db, clock):
    batch = delivered_batch(3)
    file = received(batch, answer_file(batch))
    kill_worker_at("read_result", file, 2, ANSWERED_AT)
    kill_worker_at("read_result", file, 3, ANSWERED_AT)
    clock[0] = ANSWERED_AT
    sweep_until(file, "previewed")
    assert ResultFile.objects.count() == 1 and file.lines.count() == 3
