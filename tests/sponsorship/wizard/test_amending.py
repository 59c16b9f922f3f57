"""Changes over HTTP: another account end to end with the old papers, moving, retiring, and what each page says."""

import re

import pytest

from registry.models import Donor, Message, Opd
from registry.rules.roles import Role
from sponsorship.actions import drafts, ending, verification
from sponsorship.models import Mandate, MandateLineage, Registration, Sponsorship
from sponsorship.rules.checks import REQUIRED_CHECKS
from tests import at_state
from tests.cast import AFTER_CUTOFF, BIMA, MORNING, RARA
from tests.sponsorship.wizard.walk import errors_of, photo, sitting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_papers")]
HUB, START, MOVE, RETIRE = (
    "/saya/perubahan/",
    "/saya/perubahan/mulai/",
    "/saya/perubahan/pindah/",
    "/saya/perubahan/pensiun/",
)
STEPS = "/daftar/langkah/"
NEW_ACCOUNT = "0009998887"


@pytest.fixture
def verifier():
    return at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)


@pytest.fixture
def walk(verifier):
    return sitting(at_state.verified(RARA, verifier))


def start(walk, what: str):
    token = walk.client.get(HUB).context["form_token"]
    return walk.client.post(START, {"form_token": token, "what": what})


def test_hub_says_from_which_month_a_new_paper_counts_and_how_far_the_ceiling_goes(walk):
    text = walk.client.get(HUB).content.decode()
    assert (
        "Berlaku mulai <strong>Desember 2026</strong> bila OPD menyetujuinya sebelum Kamis, 26 November 2026"
        in text
    )
    assert "Bila sesudah itu, mulai Januari 2027" in text
    assert "Rp16.800 sampai Rp33.600" in text
    assert "Surat kuasa yang baru memerlukan meterai Rp10.000 sendiri" in text
    assert RARA.account not in text and RARA.account[-4:] in text
    for address in (MOVE, RETIRE, "/saya/hentikan/"):
        assert f'href="{address}"' in text


def test_hub_without_a_running_mandate_points_at_the_overview():
    text = sitting(at_state.submitted(BIMA)).client.get(HUB).content.decode()
    assert "Belum ada surat kuasa yang berlaku" in text
    assert START not in text


def test_hub_leads_into_the_other_registration_that_is_open(walk):
    running = walk.registration
    other = drafts.start(donor=running.donor, link=None, now=MORNING)
    text = walk.client.get(HUB).content.decode()
    assert "Masih ada pendaftaran Anda yang belum selesai" in text and START not in text

    opened = walk.client.post(re.search(r'action="([^"]+)"[^>]*>.{0,300}Buka pendaftaran itu', text, re.S)[1])

    assert opened["Location"] == "/daftar/"
    assert walk.registration == other != running


def test_new_account_from_the_hub_to_the_verified_new_version(walk, verifier):
    answer = start(walk, "rekening")
    assert answer["Location"] == f"{STEPS}rekening/?dari=periksa"
    page = walk.client.get(answer["Location"])
    assert RARA.account not in page.content.decode()
    typed = {"account": NEW_ACCOUNT, "account_again": NEW_ACCOUNT, "holder": RARA.name}
    saved = walk.client.post(answer["Location"], {"form_token": page.context["form_token"], **typed})
    assert saved["Location"] == f"{STEPS}periksa/", errors_of(saved)

    check = walk.get("periksa").content.decode()
    assert "memuat 1 pekerja yang sudah Anda lindungi" in check
    assert "Tambah atau hapus pekerja" not in check
    walk.post("periksa", {})
    walk.agree()
    walk.post("cetak", {})
    upload = walk.get("unggah").content.decode()
    assert "KTP" in upload
    walk.post("unggah", {"signed_mandate": [photo("baru 1")], "passbook": photo("baru 2")}, f"{STEPS}kirim/")
    last_look = walk.get("kirim").content.decode()
    assert "Kirim perubahan" in last_look and "membatalkan perubahan ini" in last_look
    walk.send()

    change = walk.registration
    assert (change.kind, change.state) == ("change", "submitted")
    assert Sponsorship.objects.filter(registration=change).count() == 0
    held = verification.take(registration_id=change.pk, by=verifier, now=MORNING)
    verification.verify(
        registration_id=held.pk,
        revision=held.revision,
        checks=list(REQUIRED_CHECKS),
        by=verifier,
        now=MORNING,
    )
    old, new = Mandate.objects.order_by("version")
    assert (old.state, new.state, new.account) == ("replaced", "active", NEW_ACCOUNT)
    assert Sponsorship.objects.get().state == "ready"
    assert walk.client.get("/saya/").status_code == 200


def test_other_ceiling_is_chosen_on_the_page_of_the_terms(walk):
    answer = start(walk, "batas")
    assert answer["Location"] == f"{STEPS}ketentuan/?dari=periksa"
    page = walk.client.get(answer["Location"])
    assert "Paling rendah Rp16.800 (tarif normal)" in page.content.decode()
    low = walk.client.post(answer["Location"], {"wished_start": "", "ceiling": "16.799"})
    assert "Batas harus antara Rp16.800 dan Rp33.600." in low.content.decode()


def test_a_change_counts_from_the_first_open_month_and_offers_no_later_one(walk):
    answer = start(walk, "batas")
    page = walk.client.get(answer["Location"])
    assert "Bulan pertama" not in page.content.decode()
    assert "berlaku mulai Desember 2026" in page.content.decode()
    token = page.context["form_token"]
    walk.client.post(
        answer["Location"], {"form_token": token, "wished_start": "2027-03", "ceiling": "Rp30.000"}
    )
    assert (walk.registration.wished_start, walk.registration.ceiling) == ("", 30_000)


@pytest.mark.parametrize("slug", ["pekerja", "pekerja/tambah", "kepesertaan"])
def test_a_change_has_no_page_for_workers(walk, slug):
    start(walk, "rekening")
    assert walk.client.get(f"{STEPS}{slug}/")["Location"] == f"{STEPS}periksa/"


@pytest.mark.parametrize(
    "slug", ["diri", "rekening", "periksa", "ketentuan", "persetujuan", "unggah", "kirim"]
)
def test_a_change_of_a_mandate_that_was_stopped_meanwhile_says_so_on_every_page(walk, slug):
    start(walk, "batas")
    ending.revoke(by=walk.registration.donor, now=MORNING)
    page = walk.client.get(f"{STEPS}{slug}/", follow=True)
    assert page.redirect_chain == [("/saya/", 302)]
    text = page.content.decode()
    assert "Tidak ada lagi pekerja yang berjalan" in text and 'href="/saya/batalkan/"' in text


def test_the_same_form_twice_and_a_second_tab_open_one_change(walk):
    token = walk.client.get(HUB).context["form_token"]
    first = [walk.client.post(START, {"form_token": token, "what": "rekening"}) for _ in range(2)]
    start(walk, "batas")
    assert [answer["Location"] for answer in first] == [f"{STEPS}rekening/?dari=periksa"] * 2
    assert Registration.objects.filter(kind="change").count() == 1


def test_something_else_to_change_leads_to_the_check_page(walk):
    assert start(walk, "gaji")["Location"] == f"{STEPS}periksa/"


def test_open_registration_stands_in_the_way_and_the_hub_says_so(walk):
    walk.client.post("/saya/daftar-lagi/", {})
    text = walk.client.get(HUB).content.decode()
    assert "Masih ada pendaftaran Anda yang belum selesai." in text
    answer = walk.client.post(START, {"what": "rekening"})
    assert answer["Location"] == HUB
    assert not Registration.objects.filter(kind="change").exists()


def test_change_taken_back_leads_to_the_running_registration(walk):
    running = walk.registration
    start(walk, "rekening")
    page = walk.client.get("/saya/batalkan/").content.decode()
    assert "Batalkan perubahan" in page
    assert "Surat kuasa yang sekarang tetap berlaku" in page

    walk.post("/saya/batalkan/", {}, "/saya/")

    assert walk.registration == running
    assert Mandate.objects.get().state == "active"
    assert "Lanjutkan perubahan" not in walk.client.get(HUB).content.decode()


def test_moving_says_the_month_first_and_is_noted_once(walk):
    page = walk.client.get(MOVE)
    assert "mulai <strong>Desember 2026</strong>, bila Anda menyimpan sebelum Kamis, 26 November" in (
        page.content.decode()
    )
    school = Opd.objects.get(code="DISDIK")
    form = {"form_token": page.context["form_token"], "month": "2026-12", "opd": str(school.pk)}

    answers = [walk.client.post(MOVE, form)["Location"] for _ in range(2)]

    assert answers == [HUB, HUB]
    assert MandateLineage.objects.get().opd == school
    assert Message.objects.filter(event="donor_moved").count() == 1
    assert school.name in walk.client.get(HUB).content.decode()


def test_moving_after_the_cutoff_of_the_page_is_asked_again(walk, clock):
    registration = walk.registration
    form = {"month": "2026-12", "opd": str(Opd.objects.get(code="DISDIK").pk)}
    clock.move_to(AFTER_CUTOFF)
    page = sitting(registration).client.post(MOVE, form)
    assert "mulai <strong>Januari 2027</strong>" in page.content.decode()
    assert MandateLineage.objects.get().opd is None


def test_moving_nowhere_or_to_the_same_office_is_said_at_the_field(walk):
    for opd in ("", "999999", str(Opd.objects.get(code=RARA.opd).pk)):
        page = walk.client.post(MOVE, {"month": "2026-12", "opd": opd})
        assert page.status_code == 200
        assert errors_of(page)["opd"]


def day(year: int, month: int, number: int) -> dict[str, str]:
    return {"day": str(number), "month": str(month), "year": str(year)}


def test_retiring_shows_the_last_month_before_it_is_noted(walk):
    page = walk.client.post(RETIRE, day(2027, 1, 4))
    text = page.content.decode()
    assert "Bulan terakhir yang dipotong: <strong>Desember 2026</strong>" in text
    assert "Mulai Januari 2027 tidak ada potongan lagi." in text
    assert Donor.objects.get().retires_on is None

    token = {"form_token": page.context["form_token"], "last": page.context["sure"]}
    assert walk.client.post(RETIRE, {**day(2027, 1, 4), **token})["Location"] == HUB

    assert Mandate.objects.get().end_period == "2026-12"
    assert "Hari pertama Anda tanpa gaji: 4 Januari 2027." in walk.client.get(HUB).content.decode()


def test_retirement_is_taken_back_on_the_same_page(walk):
    walk.client.post(RETIRE, {**day(2027, 1, 4), "last": "2026-12"})
    page = walk.client.get(RETIRE)
    assert "Dapat diperbaiki atau ditarik sebelum" in page.content.decode()

    walk.client.post(RETIRE, {"form_token": page.context["form_token"], "stay": "1"})

    assert Mandate.objects.get().end_period == ""
    assert Donor.objects.get().retires_on is None


def test_a_confirmation_of_another_month_than_counts_now_is_shown_again(walk):
    page = walk.client.post(RETIRE, {**day(2027, 1, 4), "last": "2026-11"})
    assert page.status_code == 200
    assert "Desember 2026" in page.content.decode()
    assert Mandate.objects.get().end_period == ""


@pytest.mark.parametrize(
    ("typed", "field"),
    [(day(2027, 2, 29), "day"), (day(2027, 13, 1), "month"), ({}, "year"), (day(1990, 1, 1), "year")],
)
def test_a_day_that_is_none_is_said_at_its_field(walk, typed, field):
    page = walk.client.post(RETIRE, typed)
    assert page.status_code == 200
    assert field in errors_of(page)


@pytest.mark.parametrize("address", [MOVE, RETIRE])
def test_who_has_no_running_mandate_is_led_back_calmly(address):
    walk = sitting(at_state.draft(BIMA))
    assert walk.client.get(address)["Location"] == "/saya/"


@pytest.mark.parametrize("address", [HUB, MOVE, RETIRE, "/saya/iuran/1/"])
def test_a_stranger_is_asked_for_a_code_first(client, address):
    assert client.get(address)["Location"] == "/daftar/lanjut/"


def test_hub_shows_a_change_that_the_office_has(walk):
    start(walk, "batas")
    change = walk.registration
    Registration.objects.filter(pk=change.pk).update(state="submitted", submitted_at=MORNING)
    text = walk.client.get(HUB).content.decode()
    assert "sedang diperiksa OPD" in text
    assert start(walk, "rekening")["Location"] == "/saya/"
