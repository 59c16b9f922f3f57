import io
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import signing
from django.db import InternalError, transaction

from registry.actions import contacts, documents
from registry.models import AuditEvent, Document, Message
from sponsorship.actions import waiting_entry, worker_consent
from sponsorship.models import WorkerConsent
from sponsorship.rules import waiting as rules
from sponsorship.rules.consent import text_hash
from tests.at_state import photo_of
from tests.cast import MORNING, SUTINI
from tests.on_the_list import agreed, digits_of, entered, officer, operator

pytestmark = pytest.mark.django_db


def say_yes(row, typed="", phone=SUTINI.phone, shown=""):
    code = contacts.send_code(channel="phone", contact=phone, now=MORNING)
    return worker_consent.agree(
        waiting_id=row.pk, shown=shown or text_hash(worker_consent.text_now()), code_id=code.pk,
        typed=typed or digits_of(code), now=MORNING,
    )  # fmt: skip


def keep(row, data: bytes):
    return worker_consent.keep_form(waiting_id=row.pk, upload=io.BytesIO(data), by=officer(), now=MORNING)


class TestByPhone:
    def test_the_worker_gets_one_link_a_day_and_it_leads_to_them_only(self):
        row = entered()
        message = worker_consent.ask(waiting_id=row.pk, by=officer(), now=MORNING)
        token = message.body.split("/pekerja/setuju/")[1].split("/")[0]
        assert worker_consent.by_token(token, worker_consent.AGREE) == row
        assert worker_consent.by_token(token, worker_consent.LEAVE) is None
        assert "Kecamatan Tembalang" in message.body
        assert worker_consent.ask(waiting_id=row.pk, by=officer(), now=MORNING) is worker_consent.ASKED_TODAY
        tomorrow = MORNING + timedelta(days=1)
        assert isinstance(worker_consent.ask(waiting_id=row.pk, by=officer(), now=tomorrow), Message)

    def test_without_a_phone_nothing_is_sent(self):
        row = entered(replace(SUTINI, phone=""))
        assert worker_consent.ask(waiting_id=row.pk, by=officer(), now=MORNING) is worker_consent.NO_PHONE

    @pytest.mark.parametrize(
        "token",
        ["apa-saja-123", signing.dumps("bukan uuid", salt=worker_consent.AGREE)],
        ids=["no token", "a token about nobody"],  # the token itself holds the time of its making
    )
    def test_a_made_up_link_leads_nowhere(self, token):
        assert worker_consent.by_token(token, worker_consent.AGREE) is None

    def test_the_code_is_the_yes_and_saying_it_twice_is_one_yes(self):
        row = entered()
        given = say_yes(row)
        assert (given.method, given.recorded_by, given.document) == ("code", None, None)
        assert AuditEvent.objects.get(event="worker.agreed").actor_kind == "system"
        code = contacts.send_code(channel="phone", contact=SUTINI.phone, now=MORNING + timedelta(minutes=2))
        again = worker_consent.agree(
            waiting_id=row.pk, shown=text_hash(worker_consent.text_now()), code_id=code.pk,
            typed=digits_of(code), now=MORNING + timedelta(minutes=2),
        )  # fmt: skip
        assert again == given and WorkerConsent.objects.count() == 1

    def test_a_wrong_code_another_phone_or_another_text_is_no_yes(self):
        row = entered()
        assert say_yes(row, typed="12345").code == "wrong_code"
        assert say_yes(row, phone="+6281299990077").code == "used_up"
        assert say_yes(row, phone="+6281299990078", shown="0" * 64) is worker_consent.TEXT_CHANGED
        assert not WorkerConsent.objects.exists()

    def test_who_left_cannot_agree_any_more(self):
        row = entered()
        waiting_entry.withdraw(waiting_id=row.pk, by=operator(), now=MORNING)
        assert say_yes(row) is rules.NOT_LIVE


@pytest.mark.real_papers
class TestByThumbPrint:
    def test_a_photo_of_the_form_is_kept_with_who_recorded_it(self):
        row = entered()
        given = keep(row, photo_of("Formulir DT"))
        assert (given.method, given.recorded_by) == ("thumb_print", officer())
        assert (given.document.kind, given.document.pages.count()) == ("worker_consent", 1)
        assert worker_consent.consent_of(row) == given

    @pytest.mark.parametrize("data", [b"", b"just text", b"PK\x03\x04 a letter"])
    def test_another_file_is_refused_and_nothing_is_kept(self, data):
        refused = keep(entered(), data)
        assert refused.field == "worker_consent" and not WorkerConsent.objects.exists()
        assert not Document.objects.exists()

    @pytest.mark.usefixtures("quick_intake")
    def test_a_worker_who_leaves_takes_the_form_along(self, settings):
        row = entered()
        document = keep(row, b"thumb").document
        path = documents.path_of(document.sha256)
        assert path.exists()
        waiting_entry.withdraw(waiting_id=row.pk, by=operator(), now=MORNING)
        document.refresh_from_db()
        assert document.purged_at == MORNING and not path.exists() and not document.pages.exists()

    @pytest.mark.usefixtures("quick_intake")
    def test_a_form_comes_too_late_for_somebody_who_left(self):
        row = agreed()
        waiting_entry.withdraw(waiting_id=row.pk, by=operator(), now=MORNING)
        assert keep(row, b"thumb") is rules.NOT_LIVE and not Document.objects.exists()


def test_a_yes_cannot_be_changed_or_deleted():
    given = worker_consent.consent_of(agreed())
    for act in (lambda: WorkerConsent.objects.update(method="thumb_print"), given.delete):
        with pytest.raises(InternalError, match="Cannot"), transaction.atomic():
            act()
    assert WorkerConsent.objects.get().method == "code"
