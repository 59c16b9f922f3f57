from dataclasses import replace
from datetime import timedelta

import pytest

from registry.actions import contacts
from registry.models import AuditEvent, ContactCode, Message
from registry.rules.identity import parse_nik
from registry.rules.roles import Role
from sponsorship.actions import waiting_entry, worker_consent
from sponsorship.models import WaitingWorker, WorkerConsent
from sponsorship.rules import waiting as rules
from sponsorship.rules.consent import text_hash
from tests import at_state
from tests.cast import MORNING, PARJO, RARA, SUTINI, TODAY
from tests.on_the_list import (
    agreed,
    digits_of,
    entered,
    messages_to_workers,
    officer,
    operator,
    person,
    poster,
    waiting,
)
from tests.threads import at_once

OLD = replace(SUTINI, nik="3374015508509001")


def events() -> list[str]:
    lines = AuditEvent.objects.filter(object_type="sponsorship.waitingworker").order_by("id")
    return list(lines.values_list("event", flat=True))


def a_code(phone: str = SUTINI.phone, now=MORNING) -> tuple[ContactCode, str]:
    sent = contacts.send_code(channel="phone", contact=phone, now=now)
    return sent, digits_of(sent)


def register(at, worker=SUTINI, code=None, digits="", shown="", now=MORNING):
    sent, read = (code, digits) if code else a_code(worker.phone)
    return waiting_entry.register_self(
        poster=at, values=at_state.worker_values(worker), notes=[], code_id=sent.pk, typed=digits or read,
        shown=shown or text_hash(worker_consent.text_now()), now=now,
    )  # fmt: skip


@pytest.mark.django_db
class TestEntering:
    def test_an_officer_enters_for_the_own_office_and_nothing_is_decided(self):
        row = entered()
        assert (row.state, row.source, row.entered_for.code, row.entered_by) == (
            "entered", "officer", "KEC-10", officer(),
        )  # fmt: skip
        assert (row.nik, row.phone, row.sex) == (SUTINI.nik, SUTINI.phone, "P")
        assert events() == ["waiting.entered"] and not WorkerConsent.objects.exists()

    def test_somebody_of_65_is_refused_and_no_row_is_made(self):
        assert entered(OLD).code == rules.TOO_OLD
        assert not WaitingWorker.objects.exists()

    def test_a_nik_that_waits_already_is_told_to_the_office_on_the_first_row(self):
        row = entered()
        assert entered(replace(SUTINI, name="Orang Lain"), by=operator()) is waiting_entry.ALREADY
        row.refresh_from_db()
        assert WaitingWorker.objects.count() == 1 and row.name == SUTINI.name
        assert row.notes == [{"field": "again", "message": "Dimasukkan lagi oleh Contoh rina."}]
        assert AuditEvent.objects.filter(event="waiting.entered", detail__repeated=True).count() == 1

    def test_after_leaving_or_a_refusal_the_same_nik_may_be_entered_again(self):
        waiting_entry.withdraw(waiting_id=entered().pk, by=operator(), now=MORNING)
        row = entered()
        waiting_entry.refuse(waiting_id=row.pk, reason="not_found", note="", by=operator(), now=MORNING)
        assert entered().state == "entered"


@pytest.mark.django_db
class TestRegisteringAtAPoster:
    def test_the_code_makes_the_row_and_the_yes_in_one_go(self):
        at = poster(opd="KEC-10")
        assert register(at) is None
        row = WaitingWorker.objects.get()
        given = WorkerConsent.objects.get()
        assert (row.source, row.poster, row.entered_by, row.entered_for.code) == ("self", at, None, "KEC-10")
        assert (row.group_kind, row.group_name) == ("pasar", "Pasar Contoh")
        assert (given.method, given.waiting, given.recorded_by, given.nik_index) == (
            "code",
            row,
            None,
            row.nik_index,
        )
        assert given.text_version == rules.CONSENT_VERSION
        assert given.text_sha256 == text_hash(worker_consent.text_now())
        assert events() == ["waiting.entered", "worker.agreed"]

    def test_a_wrong_code_makes_nothing_and_is_counted(self):
        code, digits = a_code()
        assert (
            register(poster(), code=code, digits="000000" if digits != "000000" else "111111").code
            == "wrong_code"
        )
        code.refresh_from_db()
        assert code.tries == 1 and not WaitingWorker.objects.exists() and not WorkerConsent.objects.exists()

    def test_a_code_that_went_to_another_phone_proves_nothing(self):
        code, digits = a_code("+6281299990077")
        assert register(poster(), code=code, digits=digits) == contacts.USED_UP
        assert not WaitingWorker.objects.exists()

    def test_a_text_that_changed_meanwhile_is_read_again(self):
        assert register(poster(), shown="0" * 64) is worker_consent.TEXT_CHANGED

    def test_from_the_same_phone_a_second_time_agrees_for_the_row_an_officer_entered(self):
        row = entered()
        assert register(poster()) is None
        row.refresh_from_db()
        assert WaitingWorker.objects.count() == 1 and worker_consent.consent_of(row).method == "code"
        assert row.notes[0]["message"] == "Mendaftar lagi lewat poster Pasar Contoh dengan nomor yang sama."

    def test_from_another_phone_it_agrees_for_nobody(self):
        row = entered()
        assert register(poster(), replace(SUTINI, phone="+6281299990077")) is None
        row.refresh_from_db()
        assert row.phone == SUTINI.phone and worker_consent.consent_of(row) is None
        assert row.notes[0]["message"].endswith("dengan nomor ponsel lain.")

    def test_a_nik_that_a_sponsorship_holds_is_answered_the_same(self, quick_papers):
        at_state.submitted(RARA)
        assert register(poster()) is None
        assert WaitingWorker.objects.get().state == "entered"

    def test_notes_of_a_nik_that_is_tried_again_and_again_end(self):
        row = entered()
        for _ in range(waiting_entry.MOST_NOTES + 2):
            entered(by=operator())
        row.refresh_from_db()
        assert len(row.notes) == waiting_entry.MOST_NOTES


@pytest.mark.django_db
class TestDeciding:
    def test_accepted_the_worker_waits_since_now_and_is_told(self):
        later = MORNING + timedelta(days=2)
        row = waiting_entry.verify(waiting_id=agreed().pk, by=operator(), now=later)
        assert (row.state, row.waiting_since, row.verified_by) == ("waiting", later, operator())
        told = messages_to_workers()["waiting_verified"]
        assert (told.channel, told.to) == ("sms", SUTINI.phone) and "/pekerja/keluar/" in told.body

    def test_without_the_workers_yes_nobody_is_accepted(self):
        assert (
            waiting_entry.verify(waiting_id=entered().pk, by=operator(), now=MORNING)
            is waiting_entry.NO_CONSENT
        )
        assert messages_to_workers() == {}

    def test_nobody_accepts_whom_they_entered(self):
        row = agreed(by=operator())
        assert waiting_entry.verify(waiting_id=row.pk, by=operator(), now=MORNING) is waiting_entry.OWN_ENTRY
        colleague = person("tika", Role.LABOUR_OPERATOR)
        assert waiting_entry.verify(waiting_id=row.pk, by=colleague, now=MORNING).state == "waiting"

    def test_who_came_of_age_while_waiting_to_be_checked_is_not_accepted(self):
        row = agreed()
        later = MORNING.replace(year=2045)
        assert waiting_entry.verify(waiting_id=row.pk, by=operator(), now=later).code == rules.TOO_OLD

    def test_whom_a_sponsorship_holds_is_not_accepted(self, quick_papers):
        at_state.submitted(RARA)
        assert waiting_entry.verify(waiting_id=agreed().pk, by=operator(), now=MORNING) is waiting_entry.HELD

    def test_a_second_decision_finds_the_first(self):
        row = waiting()
        assert (
            waiting_entry.verify(waiting_id=row.pk, by=operator(), now=MORNING)
            is waiting_entry.CHECKED_ALREADY
        )
        again = waiting_entry.refuse(
            waiting_id=row.pk, reason="employee", note="", by=operator(), now=MORNING
        )
        assert again is waiting_entry.CHECKED_ALREADY and len(messages_to_workers()) == 1

    def test_refused_the_worker_hears_what_to_do_and_not_the_office_note(self):
        row = waiting_entry.refuse(
            waiting_id=agreed().pk,
            reason="employee",
            note="Bekerja di pabrik roti",
            by=operator(),
            now=MORNING,
        )
        assert (row.state, row.refused_because) == ("refused", "Karyawan perusahaan. Bekerja di pabrik roti")
        told = messages_to_workers()["waiting_refused"]
        assert "didaftarkan oleh perusahaannya" in told.body and "pabrik" not in told.body

    @pytest.mark.parametrize("reason, note", [("held", f"lihat {SUTINI.nik}"), ("because", "")])
    def test_a_note_with_the_nik_or_a_strange_reason_is_refused(self, reason, note):
        row = agreed()
        refused = waiting_entry.refuse(
            waiting_id=row.pk, reason=reason, note=note, by=operator(), now=MORNING
        )
        row.refresh_from_db()
        assert refused.level == "refuse" and row.state == "entered"

    def test_a_worker_without_a_phone_is_decided_about_without_a_message(self):
        row = waiting(replace(SUTINI, phone=""))
        assert row.state == "waiting" and messages_to_workers() == {}


@pytest.mark.django_db
class TestLeaving:
    def test_nothing_personal_stays_of_a_worker_who_left(self):
        row = waiting()
        nik_index = row.nik_index
        waiting_entry.withdraw(waiting_id=row.pk, by=operator(), now=MORNING)
        row = WaitingWorker.objects.get()
        assert (row.state, row.name, row.nik, row.nik_index, row.phone, row.phone_index) == (
            "withdrawn", "", "", "", "", "",
        )  # fmt: skip
        assert (row.birth_date, row.sex, row.workplace, row.notes, row.erased_at) == (
            None,
            "",
            "",
            [],
            MORNING,
        )
        assert messages_to_workers() == {} and worker_consent.consent_of(row) is None
        assert WorkerConsent.objects.get().nik_index == nik_index  # that there was a yes stays provable
        assert events()[-2:] == ["waiting.withdrawn", "data.erased"]

    def test_the_message_of_another_worker_at_the_same_phone_stays(self):
        row = waiting()
        waiting(replace(PARJO, phone=SUTINI.phone))
        waiting_entry.withdraw(waiting_id=row.pk, by=operator(), now=MORNING)
        assert Message.objects.filter(event="waiting_verified").count() == 1

    def test_the_code_to_the_own_phone_takes_a_worker_off_the_list(self):
        row = waiting()
        code, digits = a_code()
        gone = waiting_entry.leave(waiting_id=row.pk, code_id=code.pk, typed=digits, now=MORNING)
        assert gone.state == "withdrawn"
        assert AuditEvent.objects.get(event="waiting.withdrawn").actor_kind == "system"

    def test_a_code_to_another_phone_takes_nobody_off(self):
        row = waiting()
        code, digits = a_code("+6281299990077")
        refused = waiting_entry.leave(waiting_id=row.pk, code_id=code.pk, typed=digits, now=MORNING)
        row.refresh_from_db()
        assert refused == contacts.USED_UP and row.state == "waiting"

    def test_leaving_twice_says_that_nobody_is_there(self):
        row = waiting()
        waiting_entry.withdraw(waiting_id=row.pk, by=operator(), now=MORNING)
        again = waiting_entry.withdraw(waiting_id=row.pk, by=operator(), now=MORNING)
        assert again is rules.NOT_LIVE

    def test_who_was_chosen_is_led_to_the_help_desk(self):
        row = waiting()
        until = {"reserved_by": at_state.proven_donor(RARA), "reserved_until": MORNING}
        WaitingWorker.objects.filter(pk=row.pk).update(state="reserved", **until)
        assert waiting_entry.withdraw(waiting_id=row.pk, by=operator(), now=MORNING) is waiting_entry.IN_USE


@pytest.mark.django_db
class TestNobodyIsKeptForNothing:
    def test_who_never_agreed_is_gone_after_the_days_of_a_draft_and_who_agreed_stays(self):
        silent, yes = entered(), agreed(PARJO)
        assert waiting_entry.let_go(now=MORNING + timedelta(days=29)) == 0
        late = MORNING + timedelta(days=31)
        assert (waiting_entry.let_go(now=late), waiting_entry.let_go(now=late)) == (1, 0)
        silent.refresh_from_db()
        yes.refresh_from_db()
        assert (silent.state, silent.nik, yes.state, yes.nik) == ("withdrawn", "", "entered", PARJO.nik)

    def test_the_data_of_the_refused_go_with_their_papers_and_the_state_stays(self):
        row = agreed()
        waiting_entry.refuse(waiting_id=row.pk, reason="employee", note="pabrik", by=operator(), now=MORNING)
        assert waiting_entry.let_go(now=MORNING + timedelta(days=89)) == 0
        late = MORNING + timedelta(days=91)
        assert (waiting_entry.let_go(now=late), waiting_entry.let_go(now=late)) == (1, 0)
        row.refresh_from_db()
        assert (row.state, row.name, row.nik, row.refused_because, row.erased_at) == (
            "refused",
            "",
            "",
            "",
            late,
        )
        assert not Message.objects.exists()


@pytest.mark.django_db
def test_a_poster_is_made_and_revoked_once_with_a_line_each():
    made = poster()
    assert waiting_entry.revoke_poster(poster_id=made.pk, by=operator(), now=MORNING).revoked_at == MORNING
    again = waiting_entry.revoke_poster(poster_id=made.pk, by=operator(), now=MORNING + timedelta(hours=1))
    made.refresh_from_db()
    assert again.code == "poster_revoked" and made.revoked_at == MORNING
    lines = AuditEvent.objects.filter(object_type="sponsorship.poster").values_list("event", flat=True)
    assert sorted(lines) == ["poster.created", "poster.revoked"]


@pytest.mark.django_db
def test_no_message_to_a_worker_carries_a_number_or_another_persons_name():
    waiting_entry.refuse(waiting_id=agreed(PARJO).pk, reason="held", note="", by=operator(), now=MORNING)
    row = entered()
    worker_consent.ask(waiting_id=row.pk, by=officer(), now=MORNING)
    worker_consent.record(row=row, method="code", by=None, now=MORNING)
    waiting_entry.verify(waiting_id=row.pk, by=operator(), now=MORNING)
    told = messages_to_workers()
    assert sorted(told) == ["waiting_verified", "worker_consent_asked"]  # Parjo gave no phone
    for message in told.values():
        words = message.subject + message.body.split("Perlu bantuan?")[0]
        assert not any(s in words for s in (SUTINI.nik, SUTINI.nik[-4:], SUTINI.phone[3:], SUTINI.name))
        assert "kata sandi" not in words and "{{" not in words and 0 < len(message.subject) <= 160


def test_of_twenty_who_send_one_nik_at_once_one_waits_and_all_get_the_same_answer(committed_db):
    at, staff = poster(), operator()
    values = at_state.worker_values(SUTINI)
    phones = [f"+62812999900{number:02d}" for number in range(10, 20)]
    codes = [a_code(phone) for phone in phones]
    shown = text_hash(worker_consent.text_now())

    def by_poster(phone, code, digits):
        return lambda: waiting_entry.register_self(
            poster=at, values=replace(values, phone=phone), notes=[], shown=shown, code_id=code.pk, typed=digits,
            now=MORNING,
        )  # fmt: skip

    def by_officer():
        return waiting_entry.enter(
            values=replace(values, nik=parse_nik(f" {SUTINI.nik} ", today=TODAY).value), notes=[], by=staff,
            group=waiting_entry.Group(), entered_for=None, now=MORNING,
        )  # fmt: skip

    acts = [by_poster(phone, *code) for phone, code in zip(phones, codes, strict=True)]
    told = at_once([*acts, *[by_officer] * 10])
    assert told[:10] == [None] * 10
    entered_by_officer = [answer for answer in told[10:] if answer is not waiting_entry.ALREADY]
    assert len(entered_by_officer) <= 1 and all(isinstance(row, WaitingWorker) for row in entered_by_officer)
    assert WaitingWorker.objects.filter(state="entered").count() == WaitingWorker.objects.count() == 1
