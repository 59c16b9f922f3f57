"""A donor's own data: seen, corrected, erased, and who looked at them. Nobody else's, and no number in full unasked."""

import hashlib
from dataclasses import replace

import pytest

from registry import intake
from registry.actions import audit, documents
from registry.models import AuditEvent, Document, Donor, Message, Worker
from registry.rules.display import nik_display, nip_display, phone_display
from registry.rules.roles import Role
from sponsorship.models import Consent, Mandate, Registration, RegistrationPaper
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, MORNING, RARA, SUTINI
from tests.sponsorship.wizard.walk import sitting

PAGE, NUMBERS, ERASE = "/saya/data/", "/saya/data/tampilkan/", "/saya/data/hapus/"
FULL = (nip_display(RARA.nip), RARA.account, nik_display(SUTINI.nik), phone_display(SUTINI.phone), RARA.email)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_papers(monkeypatch):
    """Papers are taken as they are and the mandate is a line: neither is what these pages are about."""

    def accept(source, kind, limits=None) -> intake.Accepted:
        data = source.read()
        return intake.Accepted(data, "image/jpeg", (data,), hashlib.sha256(data).hexdigest())

    monkeypatch.setattr(intake, "inspect", accept)
    monkeypatch.setattr(
        "sponsorship.actions.mandates.render_mandate", lambda sheet: f"%PDF-1.7 {sheet.reference}".encode()
    )


@pytest.fixture
def verifier():
    return at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)


@pytest.fixture
def walk(verifier):
    return sitting(at_state.verified(RARA, verifier))


def text_of(answer) -> str:
    return answer.content.decode()


def post(walk, path: str, **values):
    page = walk.client.get(path)
    return walk.client.post(path, {"form_token": page.context["form_token"], **values})


def test_everything_is_shown_with_masked_numbers(walk):
    text = text_of(walk.client.get(PAGE))
    for shown in (
        RARA.name,
        RARA.position,
        SUTINI.name,
        SUTINI.workplace,
        "r•••@contoh.example",
        "•••••• 4567",
    ):
        assert shown in text, shown
    for number in (*FULL, RARA.nip, SUTINI.nik):
        assert number not in text, number


def test_full_numbers_are_shown_on_demand_and_journalled(walk):
    text = text_of(walk.client.post(NUMBERS))
    for number in FULL:
        assert number in text, number
    line = AuditEvent.objects.get(event="number.shown")
    assert line.actor_donor == walk.registration.donor and line.object_type == "registry.donor"
    assert walk.client.get(NUMBERS).status_code == 405


def test_numbers_of_a_worker_from_the_waiting_list_stay_masked(walk, monkeypatch):
    from sponsorship import queries_own_data

    from_list = walk.registration.sponsorships.get()
    from_list.waiting_id = Document.objects.first().pk
    part = queries_own_data._worker(from_list, full=True)
    facts = {row.key: row.value for row in part.rows}
    assert facts["nik"].endswith("9001") and facts["nik"].startswith("••••")
    assert SUTINI.phone[3:] not in str(facts) and facts["birth_date"] is None


def test_a_foreign_donor_sees_nothing_of_it(walk):
    other = sitting(at_state.draft(BIMA))
    text = text_of(other.client.get(PAGE)) + text_of(other.client.post(NUMBERS))
    for secret in (*FULL, RARA.name, SUTINI.name, walk.registration.reference):
        assert secret not in text, secret
    consent = Consent.objects.get()
    assert walk.client.get(f"{PAGE}persetujuan/{consent.pk}/").status_code == 200
    assert other.client.get(f"{PAGE}persetujuan/{consent.pk}/").status_code == 404
    assert other.client.get(f"{PAGE}persetujuan/{consent.pk + 999}/").status_code == 404


def test_without_a_session_every_page_asks_for_the_code(client):
    for path in (
        PAGE,
        f"{PAGE}betulkan/",
        f"{PAGE}persetujuan/1/",
        ERASE,
        "/saya/pesan/",
        "/saya/pesan/kontak/",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"]) == (302, "/daftar/lanjut/"), path


def test_a_consent_is_shown_letter_by_letter_with_its_hash(walk):
    consent = Consent.objects.get()
    text = text_of(walk.client.get(f"{PAGE}persetujuan/{consent.pk}/"))
    assert "Sama persis" in text and consent.text_sha256 in text and consent.text_version in text
    assert "Saya dengan sukarela menanggung iuran" in text and "berakhiran 4567" in text


def test_a_consent_of_which_the_figures_were_changed_is_not_called_the_same(walk):
    from sponsorship.queries_own_data import consent_again

    consent = Consent.objects.get()
    consent.figures = {**consent.figures, "ceiling": consent.figures["ceiling"] + 1}
    text, same = consent_again(consent)
    assert "Saya dengan sukarela" in text and not same


def test_who_opened_a_paper_is_named_by_office_and_role_only(walk, verifier):
    paper = RegistrationPaper.objects.filter(kind="ktp").select_related("document").get()
    made = walk.registration
    documents.open_page(page=paper.document.pages.get(), by=verifier, now=MORNING, opd_id=made.opd_id)
    audit.record(event="number.shown", about=made, by=verifier, now=MORNING, opd_id=made.opd_id)
    walk.client.get("/saya/surat-kuasa/")

    page = walk.client.get(PAGE)

    looks = [(look["what"], look["who"]) for look in page.context["openings"]]
    assert ("KTP, halaman 1", "Verifikator OPD, Dinas Kesehatan") in looks
    assert ("Nomor lengkap ditampilkan", "Verifikator OPD, Dinas Kesehatan") in looks
    assert ("Surat kuasa untuk dicetak", "Anda") in looks
    assert page.context["others"] == 2
    assert verifier.full_name not in text_of(page) and verifier.username not in text_of(page)


def test_openings_of_other_donors_papers_are_not_listed(walk, verifier):
    other = at_state.submitted(BIMA)
    paper = other.papers.filter(kind="ktp").select_related("document").get()
    documents.open_page(page=paper.document.pages.get(), by=verifier, now=MORNING)
    assert walk.client.get(PAGE).context["openings"] == []


def test_the_post_is_corrected_here_and_the_rest_says_where(walk):
    assert post(walk, f"{PAGE}betulkan/", position="Guru Ahli Madya")["Location"] == PAGE
    assert Donor.objects.get().position == "Guru Ahli Madya"
    assert AuditEvent.objects.get(event="donor.corrected").detail == {"changed": ["position"]}
    assert Registration.objects.get().position == RARA.position
    refused = post(walk, f"{PAGE}betulkan/", position=" ")
    assert refused.status_code == 200 and "Isi jabatan Anda" in text_of(refused)


def test_erasing_waits_while_the_promise_runs_and_says_how_to_stop(walk):
    text = text_of(walk.client.get(ERASE))
    assert "masih berjalan" in text and "/saya/hentikan/" in text and "Ya, hapus data saya" not in text
    walk.client.post(ERASE, {"form_token": "x" * 32})
    assert Donor.objects.get().name == RARA.name and Worker.objects.get().name == SUTINI.name


def test_after_stopping_it_is_said_how_long_the_last_month_runs_and_when_erasing_works(walk, clock):
    from sponsorship.actions import ending

    made = walk.registration
    ending.revoke(by=made.donor, now=AFTER_CUTOFF)
    clock.move_to(AFTER_CUTOFF)
    text = text_of(sitting(made).client.get(ERASE))
    assert "masih berjalan sampai Desember 2026" in text and "dapat dihapus mulai 1 Januari 2027" in text
    assert "Hentikan dulu" not in text and "Ya, hapus data saya" not in text


def test_a_draft_is_withdrawn_and_erased_and_its_donor_is_out(clock):
    walk = sitting(at_state.submitted(replace(RARA, name="Kenari Contoh")))
    reference = walk.registration.reference
    text = text_of(walk.client.get(ERASE))
    assert f"Pendaftaran {reference} belum disetujui, jadi sekaligus dibatalkan." in text

    answer = post(walk, ERASE)

    assert answer["Location"] == "/"
    assert "donor" not in walk.client.session and "lapsed" not in walk.client.session
    made, donor = Registration.objects.get(), Donor.objects.get()
    assert (made.state, made.name, made.reference) == ("withdrawn", "", reference)
    assert made.erased_at and donor.erased_at and donor.contact == ""
    assert Mandate.objects.get().erased_at and Document.objects.filter(purged_at=None).count() == 0
    told = Message.objects.get(event="data_erased")
    assert told.to == RARA.email and "tanpa nama" in told.body


def test_another_device_of_an_erased_donor_is_led_to_the_start():
    made = at_state.draft(RARA)
    here, there = sitting(made), sitting(made)
    post(here, ERASE)
    answer = there.client.get(PAGE)
    assert (answer.status_code, answer["Location"]) == (302, "/daftar/lanjut/")
    assert there.client.get("/daftar/lanjut/")["Location"] == "/daftar/langkah/kontak/"


def test_the_personal_link_of_an_erased_donor_opens_nothing(client):
    from sponsorship.actions.registration import resume_url

    made = at_state.draft(RARA)
    post(sitting(made), ERASE)
    path = "/" + resume_url(made).split("/", 3)[3]
    answer = client.get(path)
    assert answer.status_code == 410 and "datanya sudah dihapus" in text_of(answer)


def test_what_was_debited_stays_without_scans_until_the_day_that_was_named(walk, clock):
    from sponsorship.actions import ending

    made = walk.registration
    ending.revoke(by=made.donor, now=AFTER_CUTOFF)
    after = AFTER_CUTOFF.replace(year=2027, month=1, day=4)
    ending.close_ended(now=after)
    clock.move_to(after)
    walk = sitting(made)
    text = text_of(walk.client.get(ERASE))
    assert "sampai 4 Januari 2037" in text and "r•••@contoh.example" in text

    assert post(walk, ERASE)["Location"] == PAGE

    assert Worker.objects.get().name == SUTINI.name and Mandate.objects.get().erased_at is None
    assert Donor.objects.get().contact == RARA.email
    kinds = Document.objects.filter(purged_at=None).values_list("kind", flat=True)
    assert set(kinds) == {"signed_mandate", "mandate_print"}
    assert "4 Januari 2037" in Message.objects.get(event="data_erased").body
    assert walk.client.get(PAGE).status_code == 200


def test_nothing_is_erased_while_a_verifier_has_it_in_hand(verifier):
    walk = sitting(at_state.in_check(RARA, verifier))
    assert "OPD sedang memeriksa" in text_of(walk.client.get(ERASE))
    walk.client.post(ERASE, {"form_token": "y" * 32})
    assert Registration.objects.get().name == RARA.name


def test_an_erased_registration_says_so_on_the_own_page(walk):
    from sponsorship.actions import ending, erasure

    made = walk.registration
    ending.revoke(by=made.donor, now=MORNING)
    made.refresh_from_db()
    erasure.erase_registration(registration=made, by=made.donor, now=MORNING)
    text = text_of(walk.client.get(PAGE))
    assert "Data dihapus" in text and "Pekerja (data sudah dihapus)" in text and SUTINI.name not in text
    consent = text_of(walk.client.get(f"{PAGE}persetujuan/{Consent.objects.get().pk}/"))
    assert "berakhiran ••••" in consent and "Sama persis" not in consent
    assert walk.client.get("/saya/").status_code == 200


def test_a_draft_takes_the_corrected_post_and_a_printed_paper_keeps_its_own():
    drafted, printed = at_state.draft(RARA), at_state.printed(BIMA).registration
    for made in (drafted, printed):
        post(sitting(made), f"{PAGE}betulkan/", position="Guru Ahli Madya")
    posts = {row.donor.contact: row.position for row in Registration.objects.all()}
    assert posts == {RARA.email: "Guru Ahli Madya", BIMA.email: BIMA.position}
