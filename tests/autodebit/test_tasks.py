import os
import subprocess
import sys
import time
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.cache import cache
from django.db import connection
from redis.exceptions import ConnectionError as NoRedis

from autodebit import tasks
from autodebit.actions import batches, build, sealing
from autodebit.actions.approval import approve
from autodebit.actions.sealing import request_seal
from autodebit.models import Attempt, BankFile, Batch, Exclusion, Obligation
from config import celery
from registry.models import Message
from sponsorship.models import FrozenMonth, Mandate
from tests.autodebit import payday
from tests.autodebit.population import AFTER, CUTOFF, MandateSpec, make_mandates, make_staff

# A worker that stops at one step of the build and waits there to be killed.
WORKER = """
import sys, time, django
django.setup()
from autodebit.actions import progress
def say(batch_id, step, steps):
    print(step, flush=True)
    if step == int(sys.argv[2]):
        time.sleep(120)
progress.say = say
from autodebit.tasks import build_batch
build_batch(sys.argv[1])
"""


@pytest.fixture
def clock(monkeypatch):
    moment = [AFTER]
    monkeypatch.setattr(tasks, "now", lambda: moment[0])
    cache.clear()
    return moment


def test_the_sweep_is_on_the_schedule_and_its_tasks_are_known_by_their_names():
    assert {entry["task"] for entry in celery.SCHEDULE.values()} >= {"autodebit.tasks.sweep"}
    assert tasks.sweep.name == "autodebit.tasks.sweep"
    assert tasks.build_batch.name == "autodebit.tasks.build_batch"
    assert tasks.seal_batch.name == "autodebit.tasks.seal_batch"


@pytest.mark.django_db
def test_one_sweep_opens_and_builds_the_month(clock):
    make_mandates([MandateSpec()])
    tasks.sweep()
    assert Batch.objects.get().state == "frozen"


@pytest.mark.django_db
def test_sweeps_mark_silence_then_open_and_build_the_next_wave(clock, operator, approvers):
    batch = payday.delivered(payday.frozen("DISDIK", "DINKES"), approvers, operator)
    payday.answered(batch.attempts.get(opd__code="DISDIK"), "failed", "AM04")
    clock[0] = payday.NEXT_DAY
    tasks.sweep()
    assert Batch.objects.count() == 1
    clock[0] = payday.LAST_DAY
    tasks.sweep()
    wave = Batch.objects.get(wave=2)
    assert (wave.state, wave.count) == ("frozen", 1)
    assert batch.attempts.get(opd__code="DINKES").state == "unknown"


@pytest.mark.django_db
def test_a_sweep_reminds_and_one_look_that_fails_does_not_stop_the_others(clock, monkeypatch):
    def broken(*, now):
        raise ValueError("no calendar")

    payday.gate_on()
    payday.frozen("DISDIK")
    payday.treasurer("DISDIK")
    monkeypatch.setattr(tasks.waves, "open_due", broken)
    clock[0] = payday.NOON
    tasks.sweep()
    assert Message.objects.filter(event="salary_reminder").count() == 1


@pytest.mark.django_db
def test_a_sweep_before_the_cutoff_does_nothing(clock):
    clock[0] = CUTOFF - timedelta(minutes=1)
    tasks.sweep()
    assert not Batch.objects.exists()


@pytest.mark.django_db
def test_a_sweep_seals_what_was_asked_for(clock):
    make_mandates([MandateSpec()])
    tasks.sweep()
    batch = Batch.objects.get()
    for name in ("satu", "dua"):
        person = make_staff(name, "labour_approver")
        approve(batch_id=batch.pk, revision=1, content_hash=batch.content_hash, by=person, now=AFTER)
    tasks.sweep()
    assert not BankFile.objects.exists()
    request_seal(batch_id=batch.pk, by=make_staff("operator", "labour_operator"), now=AFTER)
    tasks.sweep()
    assert Batch.objects.get().state == "sealed" and BankFile.objects.count() == 2


@pytest.mark.django_db
def test_a_batch_that_cannot_be_built_is_tried_every_ten_minutes_not_every_sweep(clock, monkeypatch):
    tries = []
    real = build.build
    monkeypatch.setattr(build, "build", lambda **kw: (tries.append(kw["batch_id"]), real(**kw))[1])
    for _ in range(5):
        tasks.sweep()
    assert len(tries) == 2  # the first time, and once more since it has a note
    assert Batch.objects.get().build_note


@pytest.mark.django_db
def test_one_batch_that_fails_does_not_stop_the_others(clock, monkeypatch, profile):
    make_mandates([MandateSpec()])
    poison = Batch.objects.create(profile=profile, period="2026-11", collection_date="2026-11-02")
    real = build.build

    def build_or_fail(**names):
        if names["batch_id"] == poison.pk:
            raise RuntimeError("poison")
        return real(**names)

    monkeypatch.setattr(build, "build", build_or_fail)
    tasks.sweep()
    assert Batch.objects.get(period="2026-12").state == "frozen"


@pytest.mark.django_db
def test_without_the_cache_the_build_goes_on(clock, monkeypatch):
    def gone(*_, **__):
        raise NoRedis("gone")

    for name in ("set", "get", "delete", "add"):
        monkeypatch.setattr(type(cache._connections[cache._alias]), name, gone)
    make_mandates([MandateSpec()])
    tasks.sweep()
    assert Batch.objects.get().state == "frozen"


@pytest.mark.parametrize("step", [2, 4, 5, 6])
def test_a_worker_killed_while_building_leaves_nothing_and_the_sweep_finishes(committed_db, clock, step):
    make_mandates([MandateSpec() for _ in range(30)] + [MandateSpec(state="suspended")])
    batch = batches.open_due(now=AFTER)
    kill_worker_at(step, batch)

    assert Batch.objects.get().state == "open"
    for model in (Attempt, Obligation, Exclusion, FrozenMonth):
        assert not model.objects.exists()

    until(lambda: tasks.sweep() or Batch.objects.get().state == "frozen")
    assert (Batch.objects.get().count, Attempt.objects.count(), Exclusion.objects.count()) == (30, 30, 1)


def kill_worker_at(step: int, batch: Batch) -> None:
    address = urlsplit(os.environ["DATABASE_URL"])
    url = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
    environment = {**os.environ, "DATABASE_URL": url, "APP_NOW": AFTER.isoformat()}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(batch.pk), str(step)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        for line in worker.stdout:
            if int(line) == step:
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


@pytest.mark.django_db
def test_the_doors_of_the_queue_take_the_id_as_text(clock, monkeypatch):
    asked = []
    monkeypatch.setattr(build, "build", lambda **names: asked.append(names))
    monkeypatch.setattr(sealing, "seal", lambda **names: asked.append(names))
    (mandate,) = make_mandates([MandateSpec()])
    tasks.build_batch(str(mandate.pk))
    tasks.seal_batch(str(mandate.pk))
    assert asked == [{"batch_id": mandate.pk, "now": AFTER}] * 2
    assert Mandate.objects.count() == 1
