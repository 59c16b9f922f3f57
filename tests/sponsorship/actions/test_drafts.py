from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.actions.audit import SYSTEM
from registry.models import AuditEvent, Bank, Opd, Worker
from registry.rules.documents import DocumentKind, ReturnReason
from registry.rules.finding import Finding
from registry.rules.identity import parse_nip
from registry.rules.roles import Role
from sponsorship.actions import drafts, ending, links, registration, verification
from sponsorship.actions.drafts import CLOSED, HELD
from sponsorship.models import InvitationLink, NikTry, Registration, Sponsorship
from sponsorship.rules.months import Month
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, MORNING, PARJO, RARA, SUTINI, TODAY, one_of_many
from tests.threads import at_once

NOTE = Finding("odd", "Aneh, tetapi mungkin.", "nip", "note")


def values(worker=PARJO, nik: str = "", **changes) -> drafts.WorkerValues:
    made = at_state.worker_values(replace(worker, nik=nik or worker.nik))
    return replace(made, **changes)


def mine(made: Registration) -> dict:
    return {"registration_id": made.pk, "by": made.donor, "now": MORNING}


def add(made: Registration, nik: str = PARJO.nik, sponsorship_id=None, **changes) -> Sponsorship | Finding:
    return drafts.save_worker(
        **mine(made), sponsorship_id=sponsorship_id, values=values(nik=nik, **changes), notes=[]
    )


def saves(made: Registration, by) -> dict:
    """Every way to change a registration, as `by` would do it."""
    me = {"registration_id": made.pk, "by": by, "now": MORNING}
    worker = made.sponsorships.get().pk
    nip = parse_nip(BIMA.nip, today=TODAY).value
    office, bank = Opd.objects.get(code="DINKES"), Bank.objects.get()
    return {
        "person": lambda: drafts.save_person(
            **me, name="Lain", nip=nip, position="Lain", opd=office, notes=[NOTE]
        ),
        "account": lambda: drafts.save_account(
            **me, bank=bank, account="0009999999", holder="Lain", notes=[NOTE]
        ),
        "worker": lambda: drafts.save_worker(**me, sponsorship_id=worker, values=values(), notes=[NOTE]),
        "another worker": lambda: drafts.save_worker(
            **me, sponsorship_id=None, values=values(), notes=[NOTE]
        ),
        "removal": lambda: drafts.remove_worker(**me, sponsorship_id=worker),
        "cover": lambda: drafts.save_cover(
            **me, sponsorship_id=worker, programme="jkk_jkm_jht", declared_income=2_000_000
        ),
        "terms": lambda: drafts.save_terms(**me, ceiling=20_000, wished_start=Month(2027, 2)),
    }


KINDS_OF_SAVES = ("person", "account", "worker", "another worker", "removal", "cover", "terms")


@pytest.mark.django_db
class TestStarting:
    def test_a_new_draft_has_a_reference_without_lookalikes_and_a_line(self):
        donor = at_state.proven_donor(RARA)
        made = drafts.start(donor=donor, link=None, now=MORNING)
        assert (made.state, made.started_at, made.opd, made.name) == ("draft", MORNING, None, "")
        assert made.reference[:3] == "PR-" and not set(made.reference[3:]) & set("ILOUZ")
        assert AuditEvent.objects.get(event="registration.started").actor_donor == donor

    def test_the_open_registration_is_found_again(self):
        donor = at_state.proven_donor(RARA)
        first = drafts.start(donor=donor, link=None, now=MORNING)
        assert drafts.start(donor=donor, link=None, now=MORNING + timedelta(days=9)) == first

    def test_a_link_presets_the_office_and_counts_once(self):
        link = a_link()
        donor = at_state.proven_donor(RARA)
        made = drafts.start(donor=donor, link=link, now=MORNING)
        drafts.start(donor=donor, link=link, now=MORNING)
        link.refresh_from_db()
        assert (made.link, made.opd, link.uses) == (link, link.opd, 1)

    @pytest.mark.parametrize("over", [{"revoked_at": MORNING}, {"expires_at": MORNING}, {"uses": 3}])
    def test_a_link_that_ended_meanwhile_is_left_aside(self, over):
        link = a_link()
        seen = InvitationLink.objects.get(pk=link.pk)
        InvitationLink.objects.filter(pk=link.pk).update(**over)
        made = drafts.start(donor=at_state.proven_donor(RARA), link=seen, now=MORNING)
        assert (made.link, made.opd) == (None, None)
        assert InvitationLink.objects.get().uses == over.get("uses", 0)

    def test_what_is_verified_about_a_donor_need_not_be_typed_again(self, quick_papers):
        at_state.verified(RARA, at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES"))
        donor = Registration.objects.get().donor
        second = drafts.start(donor=donor, link=None, now=MORNING)
        assert (second.name, second.nip, second.position, second.opd.code) == (
            RARA.name,
            RARA.nip,
            RARA.position,
            RARA.opd,
        )


@pytest.mark.django_db
class TestSaving:
    def test_everything_typed_is_kept(self):
        made = at_state.draft(RARA)
        assert (made.name, made.nip, made.employment, made.position, made.opd.code) == (
            RARA.name,
            RARA.nip,
            "pns",
            RARA.position,
            RARA.opd,
        )
        assert (made.account, made.account_holder, made.bank) == (RARA.account, RARA.name, Bank.objects.get())
        worker = made.sponsorships.get().worker
        assert (worker.name, worker.nik, worker.phone, worker.sex, worker.workplace) == (
            SUTINI.name,
            SUTINI.nik,
            SUTINI.phone,
            "P",
            SUTINI.workplace,
        )

    def test_a_second_person_at_one_contact_does_not_take_over_the_promise_of_the_first(self, quick_papers):
        verifier = at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")
        donor = at_state.verified(RARA, verifier).donor
        later = {"by": donor, "now": MORNING + timedelta(hours=2)}
        second = drafts.start(donor=donor, link=None, now=later["now"])
        office = Opd.objects.get(code="DINKES")
        typed = {"registration_id": second.pk, "position": "Guru", "opd": office, "notes": [], **later}

        refused = drafts.save_person(**typed, name=BIMA.name, nip=parse_nip(BIMA.nip, today=TODAY).value)
        assert refused == drafts.OTHER_PERSON
        assert Registration.objects.get(pk=second.pk).nip == RARA.nip

        ending.revoke(**later)  # whose NIP changed stops the old mandate first
        saved = drafts.save_person(**typed, name=RARA.name, nip=parse_nip(BIMA.nip, today=TODAY).value)
        assert saved.nip == BIMA.nip

    @pytest.mark.parametrize(("kind", "others"), [
        ("person", ("account", "account_holder", "ceiling", "wished_start", "state")),
        ("account", ("name", "nip", "position", "opd_id", "ceiling", "state")),
        ("terms", ("name", "nip", "account", "opd_id", "state")),
        ("cover", ("name", "nip", "account", "ceiling", "state")),
    ])  # fmt: skip
    def test_a_step_writes_its_own_columns_only(self, kind, others):
        made = at_state.draft(RARA)
        act = saves(made, made.donor)[kind]
        with CaptureQueriesContext(connection) as captured:
            act()
        updates = [q["sql"] for q in captured if q["sql"].startswith('UPDATE "sponsorship_registration"')]
        assert len(updates) == 1
        for column in others:
            assert f'"{column}" =' not in updates[0]

    def test_notes_of_one_step_replace_its_earlier_ones_and_no_others(self):
        made = at_state.draft(RARA)
        by = saves(made, made.donor)
        for kind in ("person", "account", "worker", "person"):
            by[kind]()
        made.refresh_from_db()
        worker = f"pekerja:{made.sponsorships.get().pk}"
        assert sorted(note["step"] for note in made.notes) == sorted(["diri", "rekening", worker])
        by["removal"]()
        made.refresh_from_db()
        assert sorted(note["step"] for note in made.notes) == ["diri", "rekening"]

    @pytest.mark.parametrize("kind", KINDS_OF_SAVES)
    def test_nobody_else_changes_a_registration(self, kind):
        made, stranger = at_state.draft(RARA), at_state.proven_donor(BIMA)
        before = picture(made)
        assert saves(made, stranger)[kind]() == CLOSED
        assert picture(made) == before

    @pytest.mark.parametrize("kind", KINDS_OF_SAVES)
    def test_after_it_was_sent_nothing_changes_any_more(self, kind, quick_papers):
        made = at_state.submitted(RARA)
        before = picture(made)
        assert saves(made, made.donor)[kind]() == CLOSED
        assert picture(made) == before

    def test_the_base_is_that_of_the_tier_the_income_falls_into(self):
        made = at_state.draft(RARA)
        saved = drafts.save_cover(
            **mine(made),
            sponsorship_id=made.sponsorships.get().pk,
            programme="jkk_jkm",
            declared_income=1_000_001,
        )
        assert (saved.declared_income, saved.base_income >= 1_000_000) == (1_000_001, True)

    def test_a_sponsorship_of_another_registration_is_not_covered_here(self):
        made, other = at_state.draft(RARA), at_state.draft(BIMA)
        foreign = other.sponsorships.get()
        answer = drafts.save_cover(
            **mine(made), sponsorship_id=foreign.pk, programme="jkk_jkm", declared_income=1_000_000
        )
        assert answer == CLOSED
        assert Sponsorship.objects.get(pk=foreign.pk).programme == PARJO.programme


def picture(made: Registration) -> list:
    """Everything stored about a registration."""
    return [
        Registration.objects.filter(pk=made.pk).values().get(),
        list(Sponsorship.objects.values().order_by("pk")),
        list(Worker.objects.values().order_by("pk")),
    ]


@pytest.mark.django_db
class TestWorkers:
    def test_the_phone_is_optional(self):
        made = at_state.draft(RARA)
        worker = add(made, phone="").worker
        assert (worker.phone, worker.phone_index) == ("", "")

    def test_the_same_nik_twice_in_one_registration_is_refused(self):
        made = at_state.draft(RARA)
        assert add(made, "3374 0155.0880-9001").code == "twice"
        second = add(made)
        assert add(made, SUTINI.nik, sponsorship_id=second.pk).code == "twice"
        assert add(made, PARJO.nik, sponsorship_id=second.pk) == second

    def test_a_held_worker_is_refused_without_any_detail(self, quick_papers):
        at_state.submitted(RARA)
        answer = add(drafts.start(donor=at_state.proven_donor(BIMA), link=None, now=MORNING), SUTINI.nik)
        assert answer == HELD
        for detail in (SUTINI.name, RARA.name, "Dinas", SUTINI.nik):
            assert detail not in answer.message

    def test_an_own_worker_whose_cover_is_ending_is_named_with_its_last_month_and_the_day_it_is_free(
        self, quick_papers
    ):
        verifier = at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)
        donor = at_state.verified(RARA, verifier).donor
        again = drafts.start(donor=donor, link=None, now=MORNING)
        assert add(again, SUTINI.nik) == HELD, "it runs on: there is no last month to name"
        ending.revoke(by=donor, now=AFTER_CUTOFF)
        assert add(again, SUTINI.nik).message == (
            "Pekerja ini masih Anda lindungi sampai Desember 2026. "
            "Anda dapat mendaftarkannya lagi mulai 1 Januari 2027."
        )
        stranger = drafts.start(donor=at_state.proven_donor(BIMA), link=None, now=MORNING)
        assert add(stranger, SUTINI.nik) == HELD
        ending.close_ended(now=AFTER_CUTOFF.replace(year=2027, month=1, day=1))
        assert isinstance(add(again, SUTINI.nik), Sponsorship)

    def test_a_registration_holds_five_workers(self):
        made = at_state.draft(RARA)
        for number in range(2, 6):
            assert isinstance(add(made, f"337402120375900{number}"), Sponsorship)
        assert add(made, "3374021203759009").code == "too_many"
        changed = made.sponsorships.order_by("position").last()
        assert add(made, "3374021203759009", sponsorship_id=changed.pk) == changed

    def test_ten_niks_a_day_and_not_one_more(self):
        made = at_state.draft(RARA)  # the first try
        worker = made.sponsorships.get()
        for number in range(1, 10):
            assert add(made, f"337402120375901{number}", sponsorship_id=worker.pk) == worker
        assert add(made, "3374021203759020", sponsorship_id=worker.pk).code == "too_many_tries"
        assert add(made, "3374021203759011", sponsorship_id=worker.pk) == worker, "a known one is no new try"
        tomorrow = {**mine(made), "now": MORNING + timedelta(days=1)}
        again = drafts.save_worker(
            **tomorrow, sponsorship_id=worker.pk, values=values(nik="3374021203759020"), notes=[]
        )
        assert again == worker

    def test_refused_niks_count_as_tries_as_well(self, quick_papers):
        at_state.submitted(RARA)
        made = drafts.start(donor=at_state.proven_donor(BIMA), link=None, now=MORNING)
        assert add(made, SUTINI.nik) == HELD
        assert NikTry.objects.filter(donor=made.donor).count() == 1

    @pytest.mark.parametrize(("nik", "accepted"), [
        ("3374010112619001", False),  # 65 on 1 December 2026, the first day of the first month
        ("3374010212619001", True),  # 65 one day later
        ("3374014112619001", False),  # a woman, day + 40
        ("3374014212619001", True),
    ])  # fmt: skip
    def test_the_sixty_fifth_birthday_decides_on_the_first_day_of_the_first_month(self, nik, accepted):
        made = at_state.draft(RARA)
        answer = add(made, nik)
        assert isinstance(answer, Sponsorship) if accepted else answer.code == "too_old"

    def test_a_later_wished_start_moves_the_age_limit_with_it(self):
        made = at_state.draft(RARA)
        drafts.save_terms(**mine(made), ceiling=0, wished_start=Month(2027, 1))
        assert add(made, "3374010212619001").code == "too_old"

    def test_a_removed_worker_is_gone_with_what_was_typed(self):
        made = at_state.draft(RARA)
        second = add(made)
        drafts.remove_worker(**mine(made), sponsorship_id=second.pk)
        assert [worker.name for worker in Worker.objects.all()] == [SUTINI.name]
        assert drafts.remove_worker(**mine(made), sponsorship_id=second.pk) == made, (
            "a second click changes nothing"
        )

    def test_another_donors_worker_is_not_removed(self):
        made, other = at_state.draft(RARA), at_state.draft(BIMA)
        drafts.remove_worker(**mine(made), sponsorship_id=other.sponsorships.get().pk)
        assert other.sponsorships.count() == made.sponsorships.count() == 1


@pytest.mark.django_db
class TestReturned:
    def returned(self) -> Registration:
        verifier = at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")
        made = at_state.in_check(RARA, verifier)
        return verification.return_to_donor(
            registration_id=made.pk,
            revision=made.revision,
            reasons={DocumentKind.KTP: [ReturnReason.BLURRED]},
            note="",
            by=verifier,
            now=MORNING,
        )

    def test_the_worker_stays_held_while_the_donor_mends_something_else(self, quick_papers):
        made = self.returned()
        add(made, SUTINI.nik, sponsorship_id=made.sponsorships.get().pk)
        other = drafts.start(donor=at_state.proven_donor(BIMA), link=None, now=MORNING)
        assert add(other, SUTINI.nik) == HELD

    def test_another_nik_lets_the_former_worker_go(self, quick_papers):
        made = self.returned()
        sponsorship = made.sponsorships.get()
        add(made, PARJO.nik, sponsorship_id=sponsorship.pk)
        sponsorship.refresh_from_db()
        assert sponsorship.holds_nik is None
        other = drafts.start(donor=at_state.proven_donor(BIMA), link=None, now=MORNING)
        assert isinstance(add(other, SUTINI.nik), Sponsorship)

    def test_a_removed_worker_is_free_for_others(self, quick_papers):
        made = self.returned()
        drafts.remove_worker(**mine(made), sponsorship_id=made.sponsorships.get().pk)
        other = drafts.start(donor=at_state.proven_donor(BIMA), link=None, now=MORNING)
        assert isinstance(add(other, SUTINI.nik), Sponsorship)


def a_link(max_uses: int = 3) -> InvitationLink:
    office = Opd.objects.get(code="DINKES")
    return links.create_link(opd=office, label="", days=30, max_uses=max_uses, by=SYSTEM, now=MORNING)


class TestManyAtOnce:
    def test_twenty_tabs_of_one_donor_start_one_registration_and_use_the_link_once(self, committed_db):
        donor, link = at_state.proven_donor(RARA), a_link()
        answers = at_once([lambda: drafts.start(donor=donor, link=link, now=MORNING)] * 20)
        assert len({answer.pk for answer in answers}) == 1
        assert Registration.objects.count() == 1
        assert InvitationLink.objects.get().uses == 1
        assert AuditEvent.objects.filter(event="registration.started").count() == 1

    def test_a_link_is_not_used_beyond_its_cap(self, committed_db):
        link = a_link(max_uses=3)
        donors = [at_state.proven_donor(one_of_many(number)) for number in range(1, 21)]
        answers = at_once([lambda d=donor: drafts.start(donor=d, link=link, now=MORNING) for donor in donors])
        assert len({answer.pk for answer in answers}) == 20
        assert Registration.objects.filter(link=link).count() == InvitationLink.objects.get().uses == 3

    def test_two_tabs_that_save_different_steps_lose_nothing(self, committed_db):
        made = at_state.draft(RARA)
        by = saves(made, made.donor)
        answers = at_once([by[kind] for kind in ("person", "account", "terms", "another worker")])
        assert [answer for answer in answers if isinstance(answer, Finding | Exception)] == []
        made.refresh_from_db()
        assert (made.name, made.nip, made.account, made.ceiling, made.wished_start) == (
            "Lain",
            BIMA.nip,
            "0009999999",
            20_000,
            "2027-02",
        )
        assert made.sponsorships.count() == 2
        assert len(made.notes) == 3

    def test_twenty_posts_of_one_worker_make_one(self, committed_db):
        made = at_state.draft(RARA)
        answers = at_once([lambda: add(made)] * 20)
        assert len([answer for answer in answers if isinstance(answer, Sponsorship)]) == 1
        assert {answer.code for answer in answers if isinstance(answer, Finding)} == {"twice"}

    def test_twenty_niks_tried_at_once_are_counted(self, committed_db):
        made = at_state.draft(RARA)
        worker = made.sponsorships.get().pk
        niks = [f"33740212037590{number}" for number in range(10, 30)]
        answers = at_once([lambda n=nik: add(made, n, sponsorship_id=worker) for nik in niks])
        assert len([answer for answer in answers if isinstance(answer, Sponsorship)]) == 9
        assert NikTry.objects.count() == 10


@pytest.mark.django_db
def test_a_draft_of_a_withdrawn_donor_starts_anew():
    made = at_state.draft(RARA)
    registration.withdraw(registration_id=made.pk, by=made.donor, now=MORNING)
    again = drafts.start(donor=made.donor, link=None, now=MORNING)
    assert again.pk != made.pk
    assert isinstance(add(again, SUTINI.nik), Sponsorship)
