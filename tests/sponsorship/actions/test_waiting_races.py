"""Many donors after one worker: one gets them, the others are told calmly and see who else waits."""

from dataclasses import replace

import pytest
import time_machine

from sponsorship.actions import choosing, registration
from sponsorship.models import Registration, Sponsorship, WaitingWorker
from tests import at_state
from tests.cast import MORNING, SUTINI, one_of_many
from tests.sponsorship.wizard.walk import STEPS, Walk, sitting
from tests.threads import at_once
from tests.waiting import one_waiting, waiting

LIST = f"{STEPS}pekerja/daftar-tunggu/"


def choice(walk: Walk, row: WaitingWorker):
    """The deed of pressing this worker's button, on a page opened before."""
    token = walk.client.get(LIST).context["form_token"]
    return lambda: walk.client.post(LIST, {"form_token": token, "pilih": str(row.pk)})


def test_of_twenty_donors_who_choose_one_worker_exactly_one_gets_them(committed_db):
    with time_machine.travel(MORNING, tick=True):
        walks = [sitting(at_state.draft(replace(one_of_many(n), workers=()))) for n in range(1, 21)]
        rows = [waiting(one_waiting(number)) for number in range(1, 5)]
        for row in rows[:3]:
            answers = at_once([choice(walk, row) for walk in walks])
            assert {answer.status_code for answer in answers} == {302}
            lost = [walk for walk, answer in zip(walks, answers, strict=True) if answer["Location"] == LIST]
            assert len(lost) == 19
            taken = Sponsorship.objects.get(waiting=row)
            row.refresh_from_db()
            assert (row.state, row.reserved_by_id, taken.holds_nik) == (
                "reserved",
                taken.donor_id,
                row.nik_index,
            )
            page = lost[0].client.get(LIST)
            assert "baru saja dipilih orang lain" in page.content.decode()
            assert str(rows[3].pk) in page.content.decode()


@pytest.mark.usefixtures("quick_papers")
def test_a_worker_typed_by_one_donor_and_chosen_by_another_gets_one_of_them(committed_db):
    """No deadlock either: both lock the row on the list before they claim the NIK."""
    for round_number in range(3):
        worker = replace(SUTINI, nik=f"337401550880930{round_number}")
        row = waiting(replace(worker, phone=f"+62812999920{round_number:02d}"))
        typed = at_state.with_papers(replace(one_of_many(100 + round_number), workers=(worker,)))
        chosen = at_state.draft(replace(one_of_many(200 + round_number), workers=()))
        sent, took = at_once(
            [
                lambda made=typed: registration.submit(registration_id=made.pk, by=made.donor, now=MORNING),
                lambda made=chosen, row=row: choosing.reserve(
                    registration_id=made.pk, waiting_id=row.pk, by=made.donor, now=MORNING
                ),
            ]
        )
        won = [isinstance(sent, Registration), isinstance(took, Sponsorship)]
        assert sorted(won) == [False, True], (sent, took)
        row.refresh_from_db()
        assert row.state == ("chosen" if won[0] else "reserved")
