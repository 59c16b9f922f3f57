from datetime import timedelta

import pytest

from registry.actions import contacts
from registry.actions.contacts import USED_UP, WRONG
from registry.models import AuditEvent, ContactCode, Donor, Message
from registry.rules.finding import Finding
from tests.cast import MORNING
from tests.threads import at_once

EMAIL = "rara@contoh.example"
MINUTE = timedelta(minutes=1)


def sent(contact=EMAIL, channel="email", now=MORNING) -> tuple[ContactCode, str]:
    """A code that was sent, and its six digits as the message says them."""
    code = contacts.send_code(channel=channel, contact=contact, now=now)
    body = Message.objects.get(event="one_time_code", occasion=str(code.pk)).body
    return code, "".join(character for character in body if character.isdigit())[:6]


def wrong(digits: str) -> str:
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def prove(code: ContactCode, typed: str, now=MORNING) -> Donor | Finding:
    return contacts.prove(code_id=code.pk, typed=typed, now=now)


@pytest.mark.django_db
class TestSending:
    def test_the_code_goes_to_the_contact_and_is_kept_only_as_a_keyed_digest(self):
        code, digits = sent()
        message = Message.objects.get()
        assert (message.channel, message.to) == ("email", EMAIL)
        assert "15 menit" in message.body
        assert digits not in message.subject
        assert digits not in code.digest and len(code.digest) == 64
        assert AuditEvent.objects.get(event="contact.code_sent").detail == {"channel": "email"}

    def test_a_phone_gets_its_code_by_sms(self):
        sent("+6281299990001", "phone")
        message = Message.objects.get()
        assert (message.channel, message.to) == ("sms", "+6281299990001")

    def test_the_next_one_waits_a_minute_and_the_sentence_says_how_long(self):
        sent()
        early = contacts.send_code(channel="email", contact=EMAIL, now=MORNING + timedelta(seconds=40))
        assert (early.code, early.message) == (
            "wait",
            "Kode baru saja dikirim. Tunggu 21 detik lagi sebelum meminta kode baru.",
        )
        assert isinstance(
            contacts.send_code(channel="email", contact=EMAIL, now=MORNING + MINUTE), ContactCode
        )

    def test_five_in_an_hour_and_no_more(self):
        for number in range(5):
            sent(now=MORNING + number * 2 * MINUTE)
        refused = contacts.send_code(channel="email", contact=EMAIL, now=MORNING + 30 * MINUTE)
        assert refused.code == "too_often"
        assert isinstance(
            contacts.send_code(channel="email", contact=EMAIL, now=MORNING + 60 * MINUTE), ContactCode
        )

    def test_others_do_not_wait_for_it(self):
        sent()
        assert isinstance(
            contacts.send_code(channel="email", contact="bima@contoh.example", now=MORNING), ContactCode
        )

    def test_equal_contacts_have_one_index_and_another_channel_another(self):
        assert contacts.contact_index("email", EMAIL) == contacts.contact_index("email", EMAIL)
        assert contacts.contact_index("email", EMAIL) != contacts.contact_index("phone", EMAIL)


@pytest.mark.django_db
class TestProving:
    def test_the_right_digits_make_a_donor(self):
        code, digits = sent()
        donor = prove(code, digits)
        assert (donor.channel, donor.contact, donor.contact_index) == ("email", EMAIL, code.contact_index)
        assert AuditEvent.objects.get(event="contact.proven").actor_donor == donor

    def test_a_known_contact_is_the_same_donor_again(self):
        first = prove(*sent())
        again = prove(*sent(now=MORNING + 2 * MINUTE), now=MORNING + 2 * MINUTE)
        assert again == first
        assert Donor.objects.count() == 1

    @pytest.mark.parametrize(
        "spelling", ["{0}{1}{2} {3}{4}{5}", " {0}-{1}-{2}-{3}-{4}-{5}\n", "kode: {0}{1}{2}{3}{4}{5}"]
    )
    def test_any_spacing_is_accepted(self, spelling):
        code, digits = sent()
        assert isinstance(prove(code, spelling.format(*digits)), Donor)

    def test_full_width_digits_are_accepted(self):
        code, digits = sent()
        assert isinstance(prove(code, "".join(chr(ord(digit) + 0xFEE0) for digit in digits)), Donor)

    def test_after_five_wrong_tries_the_right_one_comes_too_late(self):
        code, digits = sent()
        assert [prove(code, wrong(digits)) for _ in range(5)] == [WRONG] * 4 + [USED_UP]
        assert prove(code, digits) == USED_UP
        assert not Donor.objects.exists()

    def test_the_fifth_try_may_still_be_right(self):
        code, digits = sent()
        for _ in range(4):
            prove(code, wrong(digits))
        assert isinstance(prove(code, digits), Donor)

    @pytest.mark.parametrize("typed", ["", "abc", "²²²²²²", "1" * 10_000])
    def test_nonsense_is_a_wrong_try(self, typed):
        code, _ = sent()
        assert prove(code, typed) == WRONG
        assert ContactCode.objects.get().tries == 1

    def test_a_code_holds_for_fifteen_minutes(self):
        code, digits = sent()
        assert prove(code, digits, MORNING + 15 * MINUTE) == USED_UP
        assert isinstance(prove(code, digits, MORNING + 15 * MINUTE - timedelta(seconds=1)), Donor)

    def test_a_newer_code_ends_the_older_one(self):
        older, old_digits = sent()
        newer, new_digits = sent(now=MORNING + MINUTE)
        assert prove(older, old_digits, MORNING + MINUTE) == USED_UP
        assert isinstance(prove(newer, new_digits, MORNING + MINUTE), Donor)

    def test_a_code_is_used_once(self):
        code, digits = sent()
        prove(code, digits)
        assert prove(code, digits) == USED_UP

    def test_the_digits_of_one_contact_open_no_other(self):
        _, digits = sent()
        other, others_digits = sent("bima@contoh.example")
        assert prove(other, digits) == WRONG or digits == others_digits

    def test_a_code_that_does_not_exist_is_used_up(self):
        assert (
            contacts.prove(code_id="00000000-0000-0000-0000-000000000000", typed="123456", now=MORNING)
            == USED_UP
        )


class TestManyAtOnce:
    def test_twenty_who_ask_at_once_for_one_contact_cause_one_message(self, committed_db):
        answers = at_once([lambda: contacts.send_code(channel="email", contact=EMAIL, now=MORNING)] * 20)
        codes = [answer for answer in answers if isinstance(answer, ContactCode)]
        assert len(codes) == 1
        assert {answer.code for answer in answers if isinstance(answer, Finding)} == {"wait"}
        assert Message.objects.filter(event="one_time_code").count() == 1

    def test_two_proofs_of_one_code_let_one_in(self, committed_db):
        code, digits = sent()
        answers = at_once([lambda: prove(code, digits)] * 20)
        assert len([answer for answer in answers if isinstance(answer, Donor)]) == 1
        assert answers.count(USED_UP) == 19

    def test_guessing_in_parallel_gives_no_more_than_five_tries(self, committed_db):
        code, digits = sent()
        answers = at_once([lambda: prove(code, wrong(digits))] * 20)
        assert answers.count(WRONG) == 4
        assert answers.count(USED_UP) == 16
        assert ContactCode.objects.get().tries == 5

    def test_one_contact_in_two_tabs_is_one_donor(self, committed_db):
        first = sent()
        # The second tab's code was sent at the same moment, before the first one could end.
        second_code = ContactCode.objects.create(
            channel="email", contact=EMAIL, contact_index=first[0].contact_index, digest="", sent_at=MORNING,
            expires_at=MORNING + 15 * MINUTE,
        )  # fmt: skip
        ContactCode.objects.filter(pk=second_code.pk).update(
            digest=contacts.code_digest(f"{second_code.pk}:123456")
        )
        answers = at_once([lambda: prove(*first), lambda: prove(second_code, "123456")])
        assert len({answer.pk for answer in answers}) == 1
        assert Donor.objects.count() == 1
