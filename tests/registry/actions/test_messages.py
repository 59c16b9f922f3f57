import smtplib
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import connection
from django.db.models import F

from registry.actions import messages
from registry.actions.messages import MOST_TRIES, Recipient
from registry.models import Message
from tests.cast import MORNING
from tests.threads import at_once

TO = Recipient("a-recipient", "email", "rara@contoh.example")
SMS = Recipient("a-recipient", "sms", "+6281299990001")
MINUTE = timedelta(minutes=1)


def queue(to=TO, occasion="1", **values) -> Message | None:
    return messages.queue(
        event="one_time_code",
        to=to,
        occasion=occasion,
        now=MORNING,
        **{"digits": "123456", "minutes": 15, **values},
    )


def the_message() -> Message:
    return Message.objects.get()


@pytest.fixture
def template(settings, tmp_path):
    """Writes one message template that is found before those of the product."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    (tmp_path / "messages").mkdir()

    def write(text: str) -> str:
        (tmp_path / "messages" / "made_up.txt").write_text(text)
        return "made_up"

    return write


@pytest.mark.django_db
class TestQueue:
    def test_words_and_recipient_are_sealed_at_rest(self):
        queue()
        with connection.cursor() as cursor:
            cursor.execute('SELECT "to", body, subject FROM registry_message')
            to, body, subject = cursor.fetchone()
        assert b"rara" not in bytes(to) and b"123456" not in bytes(body)
        assert "123456" not in subject and "rara" not in subject
        assert "123456" in the_message().body

    def test_nobody_hears_the_same_thing_twice(self):
        assert queue() is not None
        assert queue(digits="654321") is None
        assert "123456" in the_message().body

    @pytest.mark.parametrize("other", [
        {"occasion": "2"}, {"to": Recipient("somebody-else", "email", "bima@contoh.example")},
    ])  # fmt: skip
    def test_another_occasion_or_recipient_is_another_message(self, other):
        queue()
        assert queue(**other) is not None
        assert Message.objects.count() == 2

    @pytest.mark.parametrize("line_break", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x85", "\u2028"])
    def test_a_line_break_in_a_name_opens_no_header_of_its_own(self, line_break, template):
        event = template("Kabar untuk {{ name }}\nIsi")
        name = f"Rara{line_break}Bcc: everybody@contoh.example"
        messages.queue(event=event, to=TO, now=MORNING, name=name)

        assert messages.send_waiting(now=MORNING) == 1
        (received,) = mail.outbox
        assert "\n" not in received.subject and "\r" not in received.subject
        assert received.recipients() == ["rara@contoh.example"]
        assert received.message()["Bcc"] is None

    def test_a_long_name_in_the_subject_is_cut(self, template):
        messages.queue(event=template("{{ name }}\nIsi"), to=TO, now=MORNING, name="a" * 500)
        assert the_message().subject == "a" * 160

    def test_words_are_not_escaped_for_html(self, template):
        messages.queue(event=template("Kabar\n{{ name }}"), to=TO, now=MORNING, name="Nur'aini & Co <x>")
        assert the_message().body == "Nur'aini & Co <x>"


@pytest.mark.django_db
class TestSending:
    def test_an_email_leaves_once(self):
        queue()
        assert [messages.send_waiting(now=MORNING) for _ in range(3)] == [1, 0, 0]
        (received,) = mail.outbox
        assert (received.to, "123456" in received.body) == (["rara@contoh.example"], True)
        assert (the_message().state, the_message().sent_at, the_message().tries) == ("sent", MORNING, 1)

    def test_oldest_first_and_nothing_before_its_time(self):
        for number, wait in enumerate((3, 1, 2, 30)):
            message = queue(occasion=str(number), to=Recipient("r", "email", f"r{number}@contoh.example"))
            Message.objects.filter(pk=message.pk).update(not_before=MORNING + wait * MINUTE)
        assert messages.send_waiting(now=MORNING + 3 * MINUTE) == 3
        assert [received.to for received in mail.outbox] == [[f"r{n}@contoh.example"] for n in (1, 2, 0)]

    def test_a_failure_is_tried_again_later_and_later_and_given_up_at_last(self, monkeypatch):
        def broken(self):
            raise smtplib.SMTPRecipientsRefused({"rara@contoh.example": (550, b"no")})

        monkeypatch.setattr(EmailMessage, "send", broken)
        queue()
        waits, moment = [], MORNING
        while the_message().state == "queued":
            assert messages.send_waiting(now=moment) == 0
            waits.append((the_message().not_before - moment) // MINUTE)
            moment = the_message().not_before

        assert waits == [2, 4, 8, 16, 32, 64, 128, 256]
        assert (the_message().state, the_message().tries) == ("failed", MOST_TRIES)
        assert the_message().error == "SMTPRecipientsRefused"
        assert messages.send_waiting(now=moment + timedelta(days=9)) == 0

    def test_a_failure_that_passes_is_made_up_for(self, monkeypatch):
        queue()
        with monkeypatch.context() as patched:
            patched.setattr(EmailMessage, "send", lambda self: (_ for _ in ()).throw(TimeoutError()))
            assert messages.send_waiting(now=MORNING) == 0
        assert messages.send_waiting(now=MORNING + MINUTE) == 0
        assert messages.send_waiting(now=MORNING + 2 * MINUTE) == 1
        assert (the_message().state, the_message().error, the_message().tries) == ("sent", "", 2)

    def test_a_message_that_cannot_be_opened_does_not_hold_up_the_next_one(self):
        poison = queue()
        with connection.cursor() as cursor:
            cursor.execute('UPDATE registry_message SET "to" = %s', [b"\x01broken"])
        queue(occasion="2")
        Message.objects.filter(pk=poison.pk).update(not_before=F("not_before") - MINUTE)

        assert messages.send_waiting(now=MORNING) == 1
        poison.refresh_from_db(fields=["state", "error"])
        assert (poison.state, poison.error) == ("queued", "CannotOpen")

    def test_without_a_gateway_the_demo_keeps_an_sms_to_read(self, settings):
        settings.SMS_URL, settings.MESSAGES_SHOWN = "", True
        queue(SMS)
        assert messages.send_waiting(now=MORNING) == 1
        assert (the_message().state, mail.outbox) == ("sent", [])

    def test_without_a_gateway_production_does_not_pretend(self, settings):
        settings.SMS_URL, settings.MESSAGES_SHOWN = "", False
        queue(SMS)
        assert messages.send_waiting(now=MORNING) == 0
        assert (the_message().state, the_message().error) == ("queued", "Belum ada penyedia SMS.")

    @pytest.mark.parametrize(("taken", "state"), [(True, "sent"), (False, "queued")])
    def test_a_gateway_gets_the_words_and_the_number(self, settings, monkeypatch, taken, state):
        settings.SMS_URL = "json://gateway.contoh.example/{to}"
        posts = []

        def notify(self, title, body):
            posts.append((self.urls()[0], title, body))
            return taken

        monkeypatch.setattr(messages.apprise.Apprise, "notify", notify)
        queue(SMS)
        messages.send_waiting(now=MORNING)
        ((address, title, body),) = posts
        assert "6281299990001" in address
        assert (title, "123456" in body) == (the_message().subject, True)
        assert the_message().state == state
        assert "6281299990001" not in the_message().error


class TestManyAtOnce:
    def test_twenty_who_queue_the_same_message_leave_one(self, committed_db):
        answers = at_once([queue] * 20)
        assert len([answer for answer in answers if isinstance(answer, Message)]) == 1
        assert answers.count(None) == 19
        assert Message.objects.count() == 1

    def test_five_senders_at_once_send_each_message_once(self, committed_db, monkeypatch):
        for number in range(20):
            queue(occasion=str(number), to=Recipient("r", "email", f"r{number}@contoh.example"))
        guard, received = threading.Lock(), []

        def send(self):
            with guard:
                received.extend(self.to)

        monkeypatch.setattr(EmailMessage, "send", send)
        answers = at_once([lambda: messages.send_waiting(now=MORNING)] * 5)
        assert sum(answers) == 20
        assert sorted(received) == sorted(f"r{number}@contoh.example" for number in range(20))


def test_every_message_template_has_a_name_for_the_list_of_messages(settings):
    files = (settings.BASE_DIR / "templates" / "messages").glob("[!_]*.txt")
    assert {file.stem for file in files} == {value for value, _ in Message.EVENTS}
