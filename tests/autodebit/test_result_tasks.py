"""Answers of the bank and the queue: the sweep finds what waits, and a worker that is killed leaves nothing half."""

import os
import subprocess
import sys
import time
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection

from autodebit import tasks
from autodebit.actions import results
from autodebit.models import Attempt, Entry, FollowUp, Obligation, ResultFile, ResultLine
from registry.models import AuditEvent
from sponsorship.models import Mandate
from tests.month import (
    ANSWERED_AT,
    an_operator,
    answer_file,
    delivered_batch,
    previewed,
    received,
    references,
)

# A worker that stops at one step of its work and waits there to be killed.
WORKER = """
import sys, time, django
django.setup()
from autodebit.actions import progress, result_reading
result_reading._SAY_EVERY = 5
told = []
def say(file_id, step, steps):
    told.append(step)
    print(len(told), flush=True)
    if len(told) == int(sys.argv[3]):
        time.sleep(120)
progress.say = say
from autodebit import tasks
getattr(tasks, sys.argv[1])(sys.argv[2])
"""


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(tasks, "now", lambda: ANSWERED_AT)


def asked_for(batch, data: bytes) -> ResultFile:
    """An answer whose figures a person has confirmed."""
    file = previewed(batch, data)
    figure = results.figure_to_type(file)
    results.request_apply(file_id=file.pk, typed_total=figure, by=an_operator(), now=ANSWERED_AT)
    return file


def mixed(batch) -> bytes:
    words = ("succeeded", "failed AM04", "failed AC04")
    return answer_file(batch, {line: words[number % 3] for number, line in enumerate(references(batch))})


@pytest.mark.django_db
def test_the_sweep_reads_what_was_uploaded_and_applies_what_was_confirmed(clock):
    batch = delivered_batch(3)
    file = received(batch, mixed(batch))
    tasks.sweep()
    file.refresh_from_db()
    assert (file.state, Entry.objects.count()) == ("previewed", 0)
    tasks.sweep()
    assert not Entry.objects.exists()
    figure = results.figure_to_type(file)
    results.request_apply(file_id=file.pk, typed_total=figure, by=an_operator(), now=ANSWERED_AT)
    tasks.sweep()
    assert ResultFile.objects.get().state == "applied" and Entry.objects.count() == 1


@pytest.mark.django_db
def test_one_file_that_fails_does_not_stop_the_others(clock, monkeypatch):
    batch = delivered_batch(2)
    one, two = references(batch)
    poison = received(batch, answer_file(batch, {one: "succeeded"}))
    good = received(batch, answer_file(batch, {two: "succeeded"}))
    real = results.read_file

    def read_or_fail(**names):
        if names["file_id"] == poison.pk:
            raise RuntimeError("poison")
        return real(**names)

    monkeypatch.setattr(results, "read_file", read_or_fail)
    tasks.sweep()
    good.refresh_from_db()
    assert good.state == "previewed"


@pytest.mark.django_db
def test_the_doors_of_the_queue_take_the_id_as_text(clock, monkeypatch):
    asked = []
    monkeypatch.setattr(results, "read_file", lambda **names: asked.append(names))
    monkeypatch.setattr(results, "apply", lambda **names: asked.append(names))
    file = ResultFile()
    tasks.read_result(str(file.pk))
    tasks.apply_result(str(file.pk))
    assert asked == [{"file_id": file.pk, "now": ANSWERED_AT}] * 2
    assert tasks.read_result.name == "autodebit.tasks.read_result"
    assert tasks.apply_result.name == "autodebit.tasks.apply_result"


# 1 before the first line, 3 in the middle of the lines, then judging, then writing.
@pytest.mark.parametrize("moment", [1, 3, 5, 6])
def test_a_worker_killed_while_reading_leaves_no_line_and_the_sweep_reads_it(committed_db, clock, moment):
    batch = delivered_batch(16)
    file = received(batch, mixed(batch))
    kill_worker_at(moment, "read_result", file)

    assert ResultFile.objects.get().state == "received" and not ResultLine.objects.exists()

    until(lambda: tasks.sweep() or ResultFile.objects.get().state == "previewed")
    assert ResultLine.objects.count() == 16


@pytest.mark.parametrize("moment", [1, 2, 3])
def test_a_worker_killed_while_applying_moves_nothing_and_the_sweep_applies_it(committed_db, clock, moment):
    batch = delivered_batch(15)
    file = asked_for(batch, mixed(batch))
    kill_worker_at(moment, "apply_result", file)

    assert ResultFile.objects.get().state == "previewed"
    assert set(Attempt.objects.values_list("state", flat=True)) == {"sent"}
    assert set(Obligation.objects.values_list("state", flat=True)) == {"open"}
    assert set(Mandate.objects.values_list("state", flat=True)) == {"active"}
    assert not Entry.objects.exists() and not FollowUp.objects.exists()

    until(lambda: tasks.sweep() or ResultFile.objects.get().state == "applied")
    assert (Entry.objects.count(), FollowUp.objects.count()) == (5, 5)
    assert Mandate.objects.filter(state="suspended").count() == 5
    assert AuditEvent.objects.filter(event="result.applied").count() == 1


def kill_worker_at(moment: int, task: str, file: ResultFile) -> None:
    address = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "APP_NOW": ANSWERED_AT.isoformat(),
        "PAPERS_DIR": str(settings.PAPERS_DIR),
    }
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, task, str(file.pk), str(moment)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for line in worker.stdout:
            if int(line) == moment:
                break
        assert worker.poll() is None
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()


def until(done, seconds: float = 10) -> None:
    """The killed worker's connection may take a moment to be noticed."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "not finished in time"
        time.sleep(0.1)
