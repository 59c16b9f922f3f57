import errno
import json
import os

import pypdfium2
import pytest
import zxingcpp
from django.db import InternalError, transaction

from registry.actions.documents import PaperDamaged, path_of
from registry.models import AuditEvent, Bank, Document, Kelurahan, Occupation
from registry.rules.display import nik_display, nip_display
from registry.rules.identity import parse_nip
from registry.rules.roles import Role
from sponsorship import queries
from sponsorship.actions import drafts, mandates, registration, verification
from sponsorship.actions.facts import fits
from sponsorship.models import Consent, Mandate, Registration
from sponsorship.rules import consent, mandate
from sponsorship.rules.checks import REQUIRED_CHECKS
from sponsorship.rules.months import Month
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, MORNING, PARJO, RARA, SUTINI, TODAY
from tests.threads import at_once

pytestmark = pytest.mark.real_papers


def agree(made: Registration, now=MORNING) -> Mandate | list:
    made = Registration.objects.get(pk=made.pk)
    text = consent.consent_text(mandates.figures_of(made, now))
    return mandates.issue(registration_id=made.pk, agreed_text=text, by=made.donor, now=now)


def mine(made: Registration) -> dict:
    return {"registration_id": made.pk, "by": made.donor, "now": MORNING}


@pytest.mark.django_db
class TestThePaper:
    def test_it_says_who_promises_what_for_whom(self):
        printed = at_state.printed(RARA)
        data = mandates.open_print(mandate=printed, by=printed.registration.donor, now=MORNING)
        pages = pypdfium2.PdfDocument(data)
        text = " ".join("".join(page.get_textpage().get_text_range() for page in pages).split())
        for words in (
            RARA.name, SUTINI.name, nip_display(RARA.nip), nik_display(SUTINI.nik), RARA.account, printed.number,
            "Dinas Kesehatan", "Rp16.800", "Desember 2026", "Bank Jateng",
        ):  # fmt: skip
            assert words in text, words

    def test_its_qr_carries_the_reference_and_the_checksum_of_what_is_kept(self):
        printed = at_state.printed(RARA)
        data = mandates.open_print(mandate=printed, by=printed.registration.donor, now=MORNING)
        pictures = [page.render(scale=3).to_pil() for page in pypdfium2.PdfDocument(data)]
        (text,) = {code.text for picture in pictures for code in zxingcpp.read_barcodes(picture)}
        read = mandate.parse_qr(text)
        assert read.checksum == printed.checksum == mandates.printed_checksum(json.loads(printed.printed))
        assert read.reference == mandate.mandate_reference(printed.lineage.code, 1)

    def test_the_checksum_covers_the_ceiling_and_every_other_printed_value(self):
        printed = json.loads(at_state.printed(RARA).printed)
        assert printed["ceiling"] == 16_800
        for name in printed:
            assert mandates.printed_checksum({**printed, name: "other"}) != mandates.printed_checksum(printed)

    def test_the_kept_bytes_are_the_same_each_time_and_each_opening_leaves_a_line(self):
        printed = at_state.printed(RARA)
        donor = printed.registration.donor
        first, second = (mandates.open_print(mandate=printed, by=donor, now=MORNING) for _ in range(2))
        assert first == second
        assert printed.pdf_sha256 == printed.pdf.sha256
        assert AuditEvent.objects.filter(event="paper.opened", object_id=str(printed.pdf_id)).count() == 2

    def test_a_damaged_paper_is_not_handed_out(self):
        printed = at_state.printed(RARA)
        path_of(printed.pdf_sha256).write_bytes(b"\x01")
        with pytest.raises(PaperDamaged):
            mandates.open_print(mandate=printed, by=printed.registration.donor, now=MORNING)


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_papers")
class TestIssuing:
    def test_the_consent_is_kept_by_version_hash_and_figures(self):
        printed = at_state.printed(RARA)
        given = Consent.objects.get()
        text = consent.consent_text(mandates.figures_of(printed.registration, MORNING))
        assert (given.text_version, given.text_sha256, given.given_at) == (
            consent.VERSION,
            consent.text_hash(text),
            MORNING,
        )
        assert (given.figures["ceiling"], given.figures["start"]) == (16_800, "2026-12")

    @pytest.mark.parametrize("agreed", ["", "Ya.", "the text of another day"])
    def test_another_text_than_the_present_one_prints_nothing(self, agreed):
        made = at_state.draft(RARA)
        assert mandates.issue(**mine(made), agreed_text=agreed) == [mandates.NOT_THE_TEXT]
        assert not Consent.objects.exists() and not Mandate.objects.exists() and not Document.objects.exists()

    def test_a_text_read_before_the_cutoff_does_not_count_after_it(self):
        made = at_state.draft(RARA)
        text = consent.consent_text(mandates.figures_of(made, MORNING))
        later = {**mine(made), "now": AFTER_CUTOFF}
        assert mandates.issue(**later, agreed_text=text) == [mandates.NOT_THE_TEXT]

    def test_what_is_missing_is_named_and_nothing_printed(self):
        made = drafts.start(donor=at_state.proven_donor(RARA), link=None, now=MORNING)
        found = mandates.issue(**mine(made), agreed_text="")
        assert [gap.field for gap in found] == ["diri", "rekening", "pekerja"]

    def test_nobody_else_prints_it(self):
        made, stranger = at_state.draft(RARA), at_state.proven_donor(BIMA)
        text = consent.consent_text(mandates.figures_of(made, MORNING))
        (refused,) = mandates.issue(registration_id=made.pk, agreed_text=text, by=stranger, now=MORNING)
        assert refused.code == "closed"

    def test_agreeing_again_to_the_same_data_prints_nothing_new(self):
        printed = at_state.printed(RARA)
        again = agree(printed.registration)
        assert again == printed
        assert (Mandate.objects.count(), Document.objects.count()) == (1, 1)

    def test_a_full_disk_leaves_no_consent_and_no_mandate(self, monkeypatch):
        made = at_state.draft(RARA)

        def full(handle):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        assert agree(made) == [mandates.NOT_KEPT]
        assert not Consent.objects.exists() and not Mandate.objects.exists() and not Document.objects.exists()

    def test_the_versions_of_a_lineage_end_before_their_numbers_do(self, monkeypatch):
        monkeypatch.setattr(mandate, "HIGHEST_VERSION", 2)
        printed = at_state.printed(RARA)
        for ceiling in (20_000, 30_000):
            drafts.save_terms(**mine(printed.registration), ceiling=ceiling, wished_start=None)
            last = agree(printed.registration)
        assert last == [mandates.TOO_MANY]
        assert Mandate.objects.count() == Consent.objects.count() == 2

    @pytest.mark.parametrize(("chosen", "effective"), [
        (0, 16_800), (1, 16_800), (16_799, 16_800), (16_801, 16_801), (33_600, 33_600), (33_601, 33_600),
    ])  # fmt: skip
    def test_the_ceiling_lies_between_the_normal_tariff_and_twice_that(self, chosen, effective):
        made = at_state.draft(RARA)
        drafts.save_terms(**mine(made), ceiling=chosen, wished_start=None)
        assert agree(made).ceiling == effective


def edits(made: Registration) -> dict:
    """Every edit that makes another paper."""
    me, worker = mine(made), made.sponsorships.get()
    office, bank = made.opd, Bank.objects.get()
    nip, other_nip = (parse_nip(digits, today=TODAY).value for digits in (RARA.nip, BIMA.nip))
    same_worker = at_state.worker_values(SUTINI)

    def person(**changes):
        return drafts.save_person(
            **me,
            **{
                "name": RARA.name,
                "nip": nip,
                "position": RARA.position,
                "opd": office,
                "notes": [],
                **changes,
            },
        )

    def account(account=RARA.account, holder=RARA.name):
        return drafts.save_account(**me, bank=bank, account=account, holder=holder, notes=[])

    def work(**changes):
        values = drafts.WorkerValues(**{**vars(same_worker), **changes})
        return drafts.save_worker(**me, sponsorship_id=worker.pk, values=values, notes=[])

    def cover(programme="jkk_jkm", income=1_000_000):
        return drafts.save_cover(**me, sponsorship_id=worker.pk, programme=programme, declared_income=income)

    def another_worker():
        saved = drafts.save_worker(**me, sponsorship_id=None, values=at_state.worker_values(PARJO), notes=[])
        return drafts.save_cover(
            **me, sponsorship_id=saved.pk, programme="jkk_jkm", declared_income=1_000_000
        )

    return {
        "nothing": lambda: (
            person(),
            account(),
            work(),
            cover(),
            drafts.save_terms(**me, ceiling=0, wished_start=None),
        ),
        "name": lambda: person(name="Nama Lain"),
        "nip": lambda: person(nip=other_nip),
        "position": lambda: person(position="Lain"),
        "account": lambda: account("0009999999"),
        "holder": lambda: account(holder="Nama Lain"),
        "worker's name": lambda: work(name="Nama Lain"),
        "worker's nik": lambda: work(nik=at_state.worker_values(PARJO).nik),
        "worker's occupation": lambda: work(
            occupation=Occupation.objects.exclude(pk=SUTINI.occupation).first()
        ),
        "worker's workplace": lambda: work(workplace="Pasar Lain"),
        "worker's ward": lambda: work(kelurahan=Kelurahan.objects.exclude(pk=SUTINI.kelurahan).first()),
        "programme": lambda: cover("jkk_jkm_jht"),
        "income": lambda: cover(income=3_000_000),
        "ceiling": lambda: drafts.save_terms(**me, ceiling=20_000, wished_start=None),
        "start": lambda: drafts.save_terms(**me, ceiling=0, wished_start=Month(2027, 2)),
        "another worker": another_worker,
    }


EDITS = (
    "name", "nip", "position", "account", "holder", "worker's name", "worker's nik", "worker's occupation",
    "worker's workplace", "worker's ward", "programme", "income", "ceiling", "start", "another worker",
)  # fmt: skip


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_papers")
class TestFitting:
    def test_saving_the_same_again_keeps_the_paper(self):
        printed = at_state.printed(RARA)
        edits(printed.registration)["nothing"]()
        assert fits(Registration.objects.get(), printed)

    def test_a_phone_that_is_not_on_the_paper_changes_nothing(self):
        printed = at_state.printed(RARA)
        worker = printed.registration.sponsorships.get()
        values = drafts.WorkerValues(**{**vars(at_state.worker_values(SUTINI)), "phone": ""})
        drafts.save_worker(**mine(printed.registration), sponsorship_id=worker.pk, values=values, notes=[])
        assert fits(Registration.objects.get(), printed)

    @pytest.mark.parametrize("kind", EDITS)
    def test_every_edit_needs_a_new_version_that_replaces_the_old_one(self, kind):
        first = at_state.printed(RARA)
        at_state.hand_in_papers(first.registration)
        edits(first.registration)[kind]()
        changed = Registration.objects.get()
        assert not fits(changed, first)
        assert [gap.code for gap in registration.submit(**mine(changed))] == ["mandate_missing"]

        second = agree(changed)

        first.refresh_from_db()
        assert (first.state, first.ended_at, second.state, second.version) == (
            "replaced",
            MORNING,
            "issued",
            2,
        )
        assert second.lineage == first.lineage and second.pdf_sha256 != first.pdf_sha256
        assert fits(Registration.objects.get(), second)

    def test_a_scan_of_the_old_version_does_not_pass_for_the_new_one(self):
        made = at_state.with_papers(RARA)
        edits(made)["account"]()
        agree(made)
        found = registration.submit(**mine(made))
        assert [(gap.code, gap.message) for gap in found] == [
            ("paper_missing", "Unggah surat kuasa yang sudah ditandatangani.")
        ]
        kinds = sorted(queries.papers_of(made).values_list("kind", flat=True))
        assert kinds == ["ktp", "passbook"], "the other papers still count"


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_papers")
class TestReturned:
    @pytest.fixture
    def returned(self) -> Registration:
        verifier = at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")
        made = at_state.in_check(RARA, verifier)
        return verification.return_to_donor(
            registration_id=made.pk,
            revision=made.revision,
            reasons={},
            note="Lihat lagi.",
            by=verifier,
            now=MORNING,
        )

    def test_unchanged_the_signed_paper_still_counts(self, returned):
        signed = queries.current_mandate(returned)
        assert agree(returned) == signed
        assert registration.submit(**mine(returned)).state == "submitted"
        signed.refresh_from_db()
        assert signed.state == "signed"

    def test_changed_a_new_version_is_printed_and_must_be_signed(self, returned):
        signed = queries.current_mandate(returned)
        edits(returned)["account"]()
        second = agree(returned)
        signed.refresh_from_db()
        assert (signed.state, second.state, second.version) == ("replaced", "issued", 2)
        at_state.hand_in_papers(returned)
        assert registration.submit(**mine(returned)).state == "submitted"
        second.refresh_from_db()
        assert (second.state, second.signed_on) == ("signed", TODAY)


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_papers")
def test_a_second_registration_covers_running_and_new_workers_and_replaces_the_old_paper_when_verified():
    verifier = at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")
    at_state.verified(RARA, verifier)
    first = Mandate.objects.get()
    second = drafts.start(donor=first.registration.donor, link=None, now=MORNING)
    me = mine(second)
    nip = parse_nip(RARA.nip, today=TODAY).value
    drafts.save_person(**me, name=RARA.name, nip=nip, position=RARA.position, opd=second.opd, notes=[])
    drafts.save_account(**me, bank=Bank.objects.get(), account=RARA.account, holder=RARA.name, notes=[])
    added = drafts.save_worker(**me, sponsorship_id=None, values=at_state.worker_values(PARJO), notes=[])
    drafts.save_cover(**me, sponsorship_id=added.pk, programme="jkk_jkm_jht", declared_income=1_000_000)

    printed = agree(second)

    assert (printed.version, printed.lineage, printed.ceiling) == (2, first.lineage, 16_800 + 36_800)
    workers = json.loads(printed.printed)["basis"]["workers"]
    assert [worker["nik"] for worker in workers] == [SUTINI.nik, PARJO.nik]
    first.refresh_from_db()
    assert first.state == "active", "the old paper holds until the new one is verified"

    at_state.hand_in_papers(second)
    registration.submit(**me)
    taken = verification.take(registration_id=second.pk, by=verifier, now=MORNING)
    verification.verify(
        registration_id=second.pk,
        revision=taken.revision,
        checks=list(REQUIRED_CHECKS),
        by=verifier,
        now=MORNING,
    )
    first.refresh_from_db()
    printed.refresh_from_db()
    assert (first.state, printed.state) == ("replaced", "active")
    assert set(first.lineage.sponsorships.values_list("state", flat=True)) == {"ready"}
    assert first.lineage.sponsorships.count() == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("quick_papers")
class TestTheDatabaseItself:
    @pytest.mark.parametrize("column", [
        "number", "version", "ceiling", "amount_at_issue", "account_index", "account_holder", "checksum",
        "pdf_sha256", "text_version", "account", "printed", "issued_at",
    ])  # fmt: skip
    def test_refuses_to_change_what_is_printed(self, column):
        printed = at_state.printed(RARA)
        other = {
            "version": 9,
            "ceiling": 1,
            "amount_at_issue": 1,
            "account": "",
            "printed": "",
            "issued_at": AFTER_CUTOFF,
        }
        with pytest.raises(InternalError, match="printed_never_changes"), transaction.atomic():
            Mandate.objects.filter(pk=printed.pk).update(**{column: other.get(column, "other")})

    def test_refuses_to_delete_a_mandate(self):
        at_state.printed(RARA)
        with pytest.raises(InternalError, match="never_deleted"), transaction.atomic():
            Mandate.objects.all().delete()

    @pytest.mark.parametrize("state", ["active", "verified", "lodged", "expired"])
    def test_refuses_a_step_that_is_not_declared(self, state):
        printed = at_state.printed(RARA)
        with pytest.raises(InternalError, match="Invalid transition"), transaction.atomic():
            Mandate.objects.filter(pk=printed.pk).update(state=state)

    def test_refuses_to_change_or_delete_a_consent(self):
        at_state.printed(RARA)
        for change in (
            lambda: Consent.objects.update(text_sha256="0" * 64),
            lambda: Consent.objects.all().delete(),
        ):
            with pytest.raises(InternalError, match="append_only"), transaction.atomic():
                change()


def test_twenty_agreements_at_once_print_one_mandate(committed_db, quick_papers):
    made = at_state.draft(RARA)
    answers = at_once([lambda: agree(made)] * 20)
    assert len({answer.pk for answer in answers}) == 1
    assert (Mandate.objects.count(), Document.objects.count()) == (1, 1)
