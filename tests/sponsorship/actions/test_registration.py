from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import signing
from django.db import IntegrityError, InternalError, transaction

from registry.actions.documents import path_of
from registry.models import AuditEvent, City, Message
from registry.rules.documents import DocumentKind, ReturnReason
from registry.rules.finding import Finding
from registry.rules.roles import Role
from sponsorship.actions import drafts, papers, registration, verification
from sponsorship.actions.drafts import CLOSED
from sponsorship.models import Mandate, Registration, Sponsorship, TariffLine
from tests import at_state
from tests.cast import BIMA, MORNING, PARJO, RARA, SUTINI, TODAY, another, one_of_many
from tests.threads import at_once

DAY = timedelta(days=1)
SPELLINGS = (
    "3374015508809001",
    "3374 0155 0880 9001",
    "3374.0155.0880.9001",
    "3374-0155-0880-9001",
    "３３７４０１５５０８８０９００１",
)

pytestmark = pytest.mark.usefixtures("quick_papers")


def submit(made: Registration, now=MORNING, by=None) -> Registration | list[Finding]:
    return registration.submit(registration_id=made.pk, by=by or made.donor, now=now)


def withdraw(made: Registration, now=MORNING, by=None) -> Registration | Finding:
    return registration.withdraw(registration_id=made.pk, by=by or made.donor, now=now)


def returned_from_desk(made: Registration) -> Registration:
    verifier = at_state.staff(f"v-{made.reference}", Role.OPD_VERIFIER, "DINKES")
    taken = verification.take(registration_id=made.pk, by=verifier, now=MORNING)
    return verification.return_to_donor(
        registration_id=made.pk,
        revision=taken.revision,
        reasons={DocumentKind.KTP: [ReturnReason.BLURRED]},
        note="",
        by=verifier,
        now=MORNING,
    )


def told(made: Registration) -> list[str]:
    return sorted(Message.objects.filter(recipient=str(made.donor_id)).values_list("event", flat=True))


@pytest.mark.django_db
class TestSubmitting:
    def test_a_complete_registration_goes_to_its_office(self):
        made = at_state.with_papers(RARA)
        sent = submit(made)
        assert (sent.state, sent.submitted_at, sent.revision) == ("submitted", MORNING, 2)
        mandate = Mandate.objects.get()
        assert (mandate.state, mandate.signed_on, mandate.signing_method) == ("signed", TODAY, "wet_scan")
        sponsorship = Sponsorship.objects.get()
        assert (sponsorship.state, sponsorship.holds_nik) == ("pending", sponsorship.worker.nik_index)
        assert "registration_submitted" in told(made)
        line = AuditEvent.objects.get(event="registration.submitted")
        assert (line.actor_donor, line.opd, line.detail) == (
            made.donor,
            made.opd,
            {"source": "draft", "target": "submitted"},
        )

    def test_everything_that_is_missing_is_named(self):
        made = drafts.start(donor=at_state.proven_donor(RARA), link=None, now=MORNING)
        fields = [gap.field for gap in submit(made)]
        assert fields == ["diri", "rekening", "pekerja", "persetujuan", "unggah", "unggah", "unggah"]
        assert Registration.objects.get().state == "draft"

    @pytest.mark.parametrize("kind", list(DocumentKind))
    def test_each_paper_is_needed(self, kind):
        made = at_state.printed(RARA).registration
        at_state.hand_in_papers(made, kinds=[each for each in DocumentKind if each != kind])
        assert [gap.code for gap in submit(made)] == ["paper_missing"]

    def test_a_replayed_post_gives_the_same_and_does_nothing(self):
        made = at_state.with_papers(RARA)
        first = submit(made)
        lines, messages = AuditEvent.objects.count(), Message.objects.count()
        again = submit(made, now=MORNING + DAY)
        assert (again, again.revision, again.submitted_at) == (first, first.revision, MORNING)
        assert (AuditEvent.objects.count(), Message.objects.count()) == (lines, messages)

    def test_nobody_else_sends_it(self):
        made, stranger = at_state.with_papers(RARA), at_state.proven_donor(BIMA)
        assert submit(made, by=stranger) == [CLOSED]
        assert Registration.objects.get(pk=made.pk).state == "draft"

    def test_a_withdrawn_one_is_not_sent(self):
        made = at_state.with_papers(RARA)
        withdraw(made)
        assert submit(made) == [CLOSED]

    def test_a_worker_who_turned_65_meanwhile_is_named(self):
        old = replace(SUTINI, nik="3374010212619001")  # 65 on 2 December 2026: too old for January
        made = at_state.with_papers(replace(RARA, workers=(old,)))
        (found,) = submit(made, now=MORNING + 10 * DAY)
        assert (found.code, found.field) == ("too_old", "pekerja")
        assert SUTINI.name in found.message
        assert Sponsorship.objects.get().holds_nik is None

    def test_a_tariff_that_rose_above_the_signed_ceiling_needs_a_new_paper(self):
        made = at_state.with_papers(RARA)
        TariffLine.objects.update(jkm=50_000)
        (found,) = submit(made)
        assert (found.code, found.field) == ("over_ceiling", "persetujuan")

    def test_a_worker_of_somebody_else_stops_it_without_any_detail(self):
        first, second = at_state.with_papers(RARA), at_state.with_papers(replace(BIMA, workers=(SUTINI,)))
        submit(first)
        (found,) = submit(second)
        assert (found.code, found.field) == ("held", "pekerja")
        assert RARA.name not in found.message and "Kesehatan" not in found.message
        assert Registration.objects.get(pk=second.pk).state == "draft"
        assert Mandate.objects.get(registration=second).state == "issued"

    def test_one_held_worker_of_two_leaves_the_other_one_free(self):
        both = at_state.with_papers(replace(BIMA, workers=(PARJO, SUTINI)))
        submit(at_state.with_papers(RARA))
        assert [found.code for found in submit(both)] == ["held"]
        assert both.sponsorships.exclude(holds_nik=None).count() == 0

    def test_a_returned_registration_keeps_what_it_held_when_a_new_worker_is_taken(self):
        mine = returned_from_desk(at_state.submitted(RARA))
        added = drafts.save_worker(
            registration_id=mine.pk, sponsorship_id=None, values=at_state.worker_values(PARJO), notes=[],
            by=mine.donor, now=MORNING,
        )  # fmt: skip
        drafts.save_cover(
            registration_id=mine.pk, sponsorship_id=added.pk, programme="jkk_jkm", declared_income=1_000_000,
            by=mine.donor, now=MORNING,
        )  # fmt: skip
        at_state.submitted(BIMA)  # takes Parjo
        text = at_state.consent_text(at_state.mandates.figures_of(mine, MORNING))
        at_state.mandates.issue(registration_id=mine.pk, agreed_text=text, by=mine.donor, now=MORNING)
        at_state.hand_in_papers(mine)
        assert [found.code for found in submit(mine)] == ["held"]
        held = mine.sponsorships.exclude(holds_nik=None).get()
        assert held.worker.nik == SUTINI.nik

    def test_a_returned_one_is_sent_again_with_what_was_asked_for(self):
        made = returned_from_desk(at_state.submitted(RARA))
        assert [found.code for found in submit(made)] == ["paper_missing"]
        at_state.hand_in_papers(made, kinds=[DocumentKind.KTP])
        sent = submit(made, now=MORNING + DAY)
        assert (sent.state, sent.submitted_at, sent.taken_by) == ("submitted", MORNING + DAY, None)
        assert told(made).count("registration_submitted") == 2


@pytest.mark.django_db
class TestWithdrawing:
    def test_it_ends_paper_worker_and_registration_and_frees_the_nik(self):
        made = returned_from_desk(at_state.submitted(RARA))
        gone = withdraw(made)
        assert (gone.state, gone.ended_at) == ("withdrawn", MORNING)
        assert Mandate.objects.get().state == "cancelled"
        assert (Sponsorship.objects.get().state, Sponsorship.objects.get().holds_nik) == ("withdrawn", None)
        assert "registration_withdrawn" in told(made)
        assert at_state.submitted(replace(BIMA, workers=(SUTINI,))).state == "submitted"

    def test_twice_is_once(self):
        made = at_state.draft(RARA)
        first = withdraw(made)
        assert withdraw(made) == first
        assert AuditEvent.objects.filter(event="registration.withdrawn").count() == 1

    def test_a_sent_one_is_taken_back_before_the_check_and_frees_the_nik(self):
        made = at_state.submitted(RARA)
        gone = withdraw(made)
        assert (gone.state, gone.ended_at) == ("withdrawn", MORNING)
        assert Mandate.objects.get().state == "cancelled"
        assert (Sponsorship.objects.get().state, Sponsorship.objects.get().holds_nik) == ("withdrawn", None)
        assert at_state.submitted(replace(BIMA, workers=(SUTINI,))).state == "submitted"

    def test_a_verifier_finds_nothing_to_take_any_more(self):
        made = at_state.submitted(RARA)
        withdraw(made)
        verifier = at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)
        answer = verification.take(registration_id=made.pk, by=verifier, now=MORNING)
        assert answer == verification.NOT_YOURS

    def test_not_while_a_verifier_has_it_nor_after_the_approval_nor_by_somebody_else(self):
        verifier = at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)
        made, stranger = at_state.in_check(RARA, verifier), at_state.proven_donor(BIMA)
        assert withdraw(made) == registration.BEING_CHECKED
        assert withdraw(made, by=stranger) == CLOSED
        assert Registration.objects.get(pk=made.pk).state == "in_check"
        put_back = verification.release(registration_id=made.pk, by=verifier, now=MORNING)
        assert withdraw(put_back).state == "withdrawn"
        assert withdraw(at_state.verified(another(1), verifier)) == CLOSED


@pytest.mark.django_db
class TestExpiring:
    def test_after_thirty_days_and_not_before(self):
        made = at_state.draft(RARA)
        assert registration.expire_drafts(now=MORNING + 30 * DAY) == 0
        assert registration.expire_drafts(now=MORNING + 30 * DAY + timedelta(seconds=1)) == 1
        made.refresh_from_db()
        assert (made.state, made.sponsorships.get().state) == ("expired", "withdrawn")
        assert AuditEvent.objects.get(event="registration.expired").actor_kind == "system"
        assert registration.expire_drafts(now=MORNING + 90 * DAY) == 0

    def test_whoever_was_here_meanwhile_gets_thirty_more_days(self):
        made = at_state.draft(RARA)
        drafts.save_terms(
            registration_id=made.pk, ceiling=0, wished_start=None, by=made.donor, now=MORNING + 20 * DAY
        )
        assert registration.expire_drafts(now=MORNING + 45 * DAY) == 0
        assert registration.expire_drafts(now=MORNING + 51 * DAY) == 1

    def test_a_returned_one_expires_and_frees_its_worker(self):
        returned_from_desk(at_state.submitted(RARA))
        assert registration.expire_drafts(now=MORNING + 31 * DAY) == 1
        assert Sponsorship.objects.get().holds_nik is None
        later = at_state.submitted(replace(BIMA, workers=(SUTINI,)), MORNING + 31 * DAY)
        assert later.state == "submitted"

    def test_one_at_the_desk_never_expires(self):
        at_state.submitted(RARA)
        assert registration.expire_drafts(now=MORNING + 400 * DAY) == 0

    def test_the_number_of_days_is_the_citys(self):
        at_state.draft(RARA)
        City.objects.update(draft_days=3)
        assert registration.expire_drafts(now=MORNING + 4 * DAY) == 1


@pytest.mark.django_db
class TestPurging:
    def test_the_papers_of_a_withdrawn_registration_go_after_ninety_days(self):
        made = at_state.with_papers(RARA)
        withdraw(made)
        assert registration.purge_papers(now=MORNING + 90 * DAY) == 0
        assert registration.purge_papers(now=MORNING + 91 * DAY) == 3
        assert all(paper.document.purged_at for paper in made.papers.select_related("document"))
        assert not any(
            path_of(paper.document.sha256).exists() for paper in made.papers.select_related("document")
        )
        assert registration.purge_papers(now=MORNING + 92 * DAY) == 0

    def test_a_replaced_paper_goes_and_the_one_that_counts_stays(self):
        made = at_state.with_papers(RARA)
        old = made.papers.get(kind="ktp")
        papers.set_aside(registration_id=made.pk, paper_id=old.pk, by=made.donor, now=MORNING)
        at_state.hand_in_papers(made, kinds=[DocumentKind.PASSBOOK])
        assert registration.purge_papers(now=MORNING + 91 * DAY) == 1
        old.document.refresh_from_db()
        assert old.document.purged_at == MORNING + 91 * DAY
        assert made.papers.filter(document__purged_at=None).count() == 2

    def test_the_papers_of_an_open_registration_stay(self):
        at_state.submitted(RARA)
        assert registration.purge_papers(now=MORNING + 400 * DAY) == 0

    def test_the_signed_mandate_of_a_verified_registration_stays(self):
        made = at_state.verified(RARA, at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES"))
        registration.purge_papers(now=MORNING + 400 * DAY)
        assert made.papers.get(kind="signed_mandate").document.purged_at is None


@pytest.mark.django_db
class TestTheDatabaseItself:
    def test_one_live_sponsorship_per_nik(self):
        second, first = at_state.with_papers(replace(BIMA, workers=(SUTINI,))), at_state.submitted(RARA)
        index = first.sponsorships.get().holds_nik
        with pytest.raises(IntegrityError), transaction.atomic():
            Sponsorship.objects.filter(registration=second).update(holds_nik=index)

    def test_a_running_sponsorship_cannot_let_its_worker_go(self):
        at_state.verified(RARA, at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES"))
        with pytest.raises(IntegrityError, match="running_sponsorships_hold"), transaction.atomic():
            Sponsorship.objects.update(holds_nik=None)

    def test_no_step_of_a_sponsorship_that_is_not_declared(self):
        at_state.draft(RARA)
        with pytest.raises(InternalError, match="Invalid transition"), transaction.atomic():
            Sponsorship.objects.update(state="active")

    def test_one_open_registration_per_donor(self):
        made = at_state.draft(RARA)
        with pytest.raises(IntegrityError, match="one_open_registration"), transaction.atomic():
            Registration.objects.create(reference="PR-ANOTHER-1", donor=made.donor)


@pytest.mark.django_db
def test_the_personal_link_names_no_person_and_cannot_be_made_up():
    made = at_state.draft(RARA)
    token = registration.resume_url(made).split("/lanjut/")[1].strip("/")
    assert signing.loads(token, salt="resume") == str(made.pk)
    for secret in (RARA.nip, RARA.email, RARA.account, made.reference):
        assert secret not in token
    with pytest.raises(signing.BadSignature):
        signing.loads(token[:-1] + ("A" if token[-1] != "A" else "B"), salt="resume")


def test_of_twenty_donors_with_one_worker_exactly_one_gets_through(committed_db):
    """In each round the one who got through gives the worker back, and those who are left try again."""
    everybody = [
        at_state.with_papers(one_of_many(number, replace(SUTINI, nik=SPELLINGS[number % len(SPELLINGS)])))
        for number in range(1, 21)
    ]
    waiting = {made.pk: made for made in everybody}
    for _ in range(5):
        racing = list(waiting.values())
        answers = at_once([lambda made=made: submit(made) for made in racing])
        through = [
            made for made, answer in zip(racing, answers, strict=True) if isinstance(answer, Registration)
        ]
        assert len(through) == 1, answers
        refused = [answer for answer in answers if isinstance(answer, list)]
        assert [[found.code for found in answer] for answer in refused] == [["held"]] * (len(racing) - 1)
        assert Sponsorship.objects.exclude(holds_nik=None).count() == 1
        withdraw(returned_from_desk(through[0]))
        del waiting[through[0].pk]
    assert Registration.objects.filter(state="draft").count() == 15


def test_donors_with_the_same_two_workers_in_another_order_do_not_block_each_other(committed_db):
    orders = [(SUTINI, PARJO), (PARJO, SUTINI)]
    racing = [at_state.with_papers(replace(one_of_many(n), workers=orders[n % 2])) for n in range(1, 9)]
    answers = at_once([lambda made=made: submit(made) for made in racing])
    assert len([answer for answer in answers if isinstance(answer, Registration)]) == 1, answers
    assert Sponsorship.objects.exclude(holds_nik=None).count() == 2


def test_twenty_posts_of_one_registration_send_it_once(committed_db):
    made = at_state.with_papers(RARA)
    answers = at_once([lambda: submit(made)] * 20)
    assert {answer.pk for answer in answers} == {made.pk}
    assert AuditEvent.objects.filter(event="registration.submitted").count() == 1
    assert Message.objects.filter(event="registration_submitted").count() == 1
