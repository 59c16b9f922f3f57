"""Whatever is sent to whichever page: an answer that helps, never a failure of ours."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.test import Client

from sponsorship.models import TariffLine
from tests import at_state
from tests.cast import RARA, SUTINI
from tests.sponsorship.wizard.walk import (
    STEPS,
    Walk,
    account_answers,
    last_code,
    person_answers,
    sitting,
    worker_answers,
)

pytestmark = pytest.mark.django_db

HOSTILE = {
    "nul": "a\x00b",
    "huge": "9" * 60_000,
    "markup": "<script>alert(1)</script>",
    "quotes": "'; DROP TABLE sponsorship_registration; --",
    "formula": "=HYPERLINK(1)",
    "direction": "abc\u202e321",
    "emoji": "🙂🙂🙂",
    "full width": "１２３４５６７８９０",
    "surrogate": "\ufffd\ufffd",
    "blank": " \t\r\n\u200b",
    "minus": "-1",
    "float": "1e308",
    "braces": "{{ 7*7 }}{% load x %}",
}


def pages() -> dict[str, dict]:
    """Every page with a form of its own, and an honest answer to it."""
    return {
        f"{STEPS}diri/": person_answers(RARA),
        f"{STEPS}rekening/": account_answers(RARA),
        f"{STEPS}pekerja/tambah/": worker_answers(SUTINI),
        f"{STEPS}ketentuan/": {"wished_start": "", "ceiling": "Rp16.800"},
        f"{STEPS}persetujuan/": {"shown": "x", "agree": "on"},
    }


def test_hostile_text_never_fails_and_never_comes_back_as_markup():
    walk = sitting(at_state.draft(RARA))
    cover = f"{STEPS}kepesertaan/{walk.registration.sponsorships.get().pk}/"
    for path, honest in {**pages(), cover: {"programme": "jkk_jkm", "declared_income": "1000000"}}.items():
        for kind, text in HOSTILE.items():
            answer = walk.client.post(path, dict.fromkeys((*honest, "form_token"), text))
            assert answer.status_code in (200, 302), (path, kind, answer.status_code)
            assert b"<script>alert(1)" not in answer.content


@pytest.mark.parametrize("kind", ["nul", "huge"])
def test_one_hostile_field_among_honest_ones_never_fails(kind):
    walk = sitting(at_state.draft(RARA))
    for path, honest in pages().items():
        for field in (*honest, "form_token"):
            answer = walk.client.post(path, {**honest, field: HOSTILE[kind]})
            assert answer.status_code in (200, 302), (path, field, answer.status_code)


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_hostile_text_in_contact_and_code_never_fails(kind):
    walk = Walk().to("kode")
    for path, field in (
        (f"{STEPS}kontak/", "email"),
        (f"{STEPS}kontak/", "phone"),
        (f"{STEPS}kode/", "code"),
    ):
        for channel in ("email", "phone", HOSTILE[kind]):
            answer = walk.client.post(path, {"channel": channel, field: HOSTILE[kind]})
            assert answer.status_code in (200, 302), (path, field)


def test_several_values_for_one_field_are_read_as_one():
    walk = sitting(at_state.draft(RARA))
    for path, honest in pages().items():
        answer = walk.client.post(path, {name: [value, value] for name, value in honest.items()})
        assert answer.status_code in (200, 302), path


def test_bytes_that_are_no_text_never_fail():
    walk = sitting(at_state.draft(RARA))
    for path in pages():
        answer = walk.client.post(
            path, b"name=%ff%fe\xff&nip=\x80&opd=%00", content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code in (200, 302), path


def test_a_form_beyond_all_bounds_is_refused_with_a_page():
    walk = sitting(at_state.draft(RARA))
    answer = walk.client.post(f"{STEPS}diri/", {"name": "a" * 2_000_000})
    assert answer.status_code == 400
    assert "tidak dapat dibaca" in answer.content.decode()


def test_text_where_a_file_belongs_never_fails():
    walk = sitting(at_state.printed(RARA).registration)
    answer = walk.client.post(f"{STEPS}unggah/", {"ktp": "bukan berkas", "signed_mandate": "x\x00"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\x00b.jpg", "<img src=x onerror=alert(1)>.jpg", "x" * 300 + ".jpg"]
)
def test_the_name_of_a_file_is_never_used_or_shown(name):
    walk = sitting(at_state.printed(RARA).registration)
    file = SimpleUploadedFile("foto.jpg", b"bukan gambar")
    file.name = name
    page = walk.client.post(f"{STEPS}unggah/", {"ktp": file})
    assert page.status_code in (200, 400)
    assert b"onerror" not in page.content and b"passwd" not in page.content


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options", "trace"])
def test_no_page_takes_a_method_it_does_not_declare(method):
    walk = sitting(at_state.draft(RARA))
    for path in (*pages(), "/saya/", "/", "/daftar/", f"{STEPS}kontak/"):
        assert getattr(walk.client, method)(path).status_code == 405, (method, path)


@pytest.mark.parametrize(
    "path",
    [
        f"{STEPS}unggah/99999999999999999999/hapus/",
        f"{STEPS}pekerja/00000000-0000-0000-0000-000000000000/hapus/",
        f"{STEPS}kepesertaan/bukan-uuid/",
        "/saya/berkas/99999999999999999999/99999999999/",
    ],
)
def test_a_made_up_id_is_not_found(path):
    walk = sitting(at_state.with_papers(RARA))
    assert walk.client.get(path).status_code in (404, 405)
    assert walk.client.post(path).status_code in (302, 404, 405)


def test_a_place_to_go_on_never_leads_off_the_site():
    client = Client()
    client.get("//jahat.example/daftar/langkah/diri/")
    client.get(f"{STEPS}diri/?x=//jahat.example")
    walk = Walk(client=client).to("kode")
    assert walk.code()["Location"].startswith("/daftar/langkah/diri/")


@pytest.mark.parametrize("slug", ["pekerja", "periksa", "ketentuan", "persetujuan"])
def test_a_tariff_that_changed_under_a_draft_leads_to_the_worker_whose_income_has_no_price(slug):
    walk = sitting(at_state.draft(RARA))
    TariffLine.objects.filter(base_income=1_000_000).update(valid_to="2026-11")

    answer = walk.get(slug)

    assert answer["Location"] == f"{STEPS}kepesertaan/{walk.registration.sponsorships.get().pk}/"
    page = walk.client.get(answer["Location"])
    assert page.status_code == 200
    assert "Tarif iuran berubah" in page.content.decode()


def test_a_tariff_that_is_away_altogether_leaves_the_answers_for_later():
    walk = sitting(at_state.draft(RARA))
    TariffLine.objects.update(base_income=F("base_income") + 1, valid_from="2030-01")
    sponsorship = walk.registration.sponsorships.get()
    assert walk.get("periksa")["Location"] == f"{STEPS}kepesertaan/{sponsorship.pk}/"
    assert walk.client.get(f"{STEPS}kepesertaan/{sponsorship.pk}/").status_code == 200


def test_after_a_pause_a_form_without_a_page_of_its_own_leads_back_to_a_page(clock):
    walk = sitting(at_state.with_papers(RARA))
    clock.shift(120)  # a code was sent at the beginning
    session = walk.client.session
    session["donor_seen"] = 0
    session.save()
    paper = walk.registration.papers.first()

    assert walk.client.post(f"{STEPS}unggah/{paper.pk}/hapus/", {})["Location"] == "/daftar/lanjut/"
    walk.client.post("/daftar/lanjut/", {})
    answer = walk.client.post(f"{STEPS}kode/", {"code": last_code()})

    assert walk.client.get(answer["Location"]).status_code == 200
