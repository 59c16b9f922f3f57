"""The office's side of the waiting list: who sees whom, entering, deciding, forms with a thumb print, posters."""

import io
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp

from registry.models import AuditEvent, Message, Occupation
from registry.rules.roles import Role
from sponsorship.actions import worker_consent
from sponsorship.models import Poster, WaitingWorker, WorkerConsent
from sponsorship.queries_waiting_office import posters
from tests.at_state import photo_of
from tests.cast import MORNING, PARJO, SUTINI
from tests.on_the_list import agreed, answers, entered, officer, operator, person, poster, waiting
from tests.opd_admin.office_pages import post, text_of, upload
from tests.staff_client import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("morning")]
LIST = "/kantor/daftar-tunggu/"
ENTER, POSTERS = f"{LIST}masukkan/", f"{LIST}poster/"
PARJO_THERE = replace(PARJO, phone="+6281299990002")


def case(row, deed: str = "") -> str:
    return f"{LIST}{row.pk}/{deed}"


@pytest.fixture
def desk():
    return client_of(operator())


@pytest.fixture
def field():
    return client_of(officer())


@pytest.fixture
def elsewhere():
    """A field officer of another kecamatan."""
    return client_of(person("joko", Role.FIELD_OFFICER, "KEC-01"))


def typed(worker=SUTINI, **more) -> dict:
    return {**answers(worker), "group_kind": "", "group_name": "", "way": "link", **more}


class TestWhoSeesWhom:
    def test_a_field_officer_sees_the_own_office_and_a_foreign_worker_is_not_there(self, field, elsewhere):
        row = entered()
        assert SUTINI.name in text_of(field.get(LIST)) and field.get(case(row)).status_code == 200
        assert SUTINI.name not in text_of(elsewhere.get(LIST))
        missing = elsewhere.get(f"{LIST}00000000-0000-0000-0000-000000000007/")
        foreign = elsewhere.get(case(row))
        assert (foreign.status_code, text_of(foreign)) == (404, text_of(missing))

    @pytest.mark.parametrize("deed", ["tautan/", "formulir/unggah/"])
    def test_a_foreign_worker_is_not_there_for_a_deed_either(self, elsewhere, deed):
        row = entered()
        assert elsewhere.post(case(row, deed)).status_code == 404
        assert elsewhere.get(case(row, "formulir/")).status_code == 404
        assert not Message.objects.exists()

    def test_who_registered_at_the_poster_of_an_office_is_seen_by_its_officer(self, field, elsewhere):
        row = entered()
        WaitingWorker.objects.filter(pk=row.pk).update(
            source="self", entered_by=None, poster=poster(opd="KEC-10")
        )
        assert "Mendaftar sendiri lewat poster Pasar Contoh" in text_of(field.get(case(row)))
        assert elsewhere.get(case(row)).status_code == 404

    @pytest.mark.parametrize("role", [Role.LABOUR_VIEWER, Role.AUDITOR])
    def test_who_only_looks_sees_everything_masked_and_may_do_nothing(self, role):
        row, looker = agreed(), client_of(person("tono", role))
        page = text_of(looker.get(case(row)))
        assert SUTINI.nik[-4:] in page and "Terima di daftar tunggu" not in page and "Tolak" not in page
        for deed in ("terima/", "tolak/", "keluarkan/", "nomor/", "tautan/", "formulir/unggah/"):
            assert looker.post(case(row, deed)).status_code == 403, deed
        assert looker.get(case(row, "formulir/")).status_code == 403

    @pytest.mark.parametrize("role", [Role.LABOUR_APPROVER, Role.ADMINISTRATOR])
    def test_who_has_nothing_to_do_with_the_list_is_turned_away(self, role):
        assert client_of(person("agus", role)).get(LIST).status_code == 403

    def test_numbers_are_masked_until_the_operator_asks_and_that_is_written_down(self, desk, field):
        row = entered()
        for page in (desk.get(LIST), desk.get(case(row)), field.get(LIST), field.get(case(row))):
            assert SUTINI.nik not in page.content.decode() and "8809 9001" not in page.content.decode()
            assert SUTINI.phone[3:] not in page.content.decode().replace("-", "")
        assert not AuditEvent.objects.filter(event="number.shown").exists()
        assert "3374 0155 0880 9001" in text_of(desk.post(case(row, "nomor/")))
        assert AuditEvent.objects.get(event="number.shown").actor_user == operator()
        assert field.post(case(row, "nomor/")).status_code == 403


class TestTheList:
    def test_tabs_count_each_state_and_the_oldest_is_on_top(self, desk):
        waiting()
        for number in (1, 2):
            later = MORNING + timedelta(hours=number)
            agreed(replace(PARJO, nik=f"337402120375900{number}", name=f"Contoh Parjo {number}"), now=later)
        page = desk.get(LIST)
        assert [(key, count) for key, _, count in page.context["tabs"]][:2] == [
            ("diperiksa", 2),
            ("menunggu", 1),
        ]
        assert [line["row"].name for line in page.context["rows"]] == ["Contoh Parjo 1", "Contoh Parjo 2"]
        assert [line["row"].name for line in desk.get(f"{LIST}?status=menunggu").context["rows"]] == [
            SUTINI.name
        ]

    @pytest.mark.parametrize(
        "query, found",
        [
            ("q=sutini", [SUTINI.name]),
            ("pekerjaan=ojek_pangkalan", [PARJO.name]),
            ("kelurahan=33.74.01.1001", [PARJO.name, SUTINI.name]),
            ("kelompok=pasar", []),
            ("q=tidak+ada", []),
            ("q=%00&status=apa-saja&halaman=99", [PARJO.name, SUTINI.name]),
        ],
    )
    def test_filters_narrow_the_list(self, desk, query, found):
        entered()
        entered(PARJO_THERE)
        rows = desk.get(f"{LIST}?{query}").context["rows"]
        assert sorted(line["row"].name for line in rows) == found

    @pytest.mark.parametrize("number", [1, 3])
    def test_the_list_asks_the_database_as_often_for_three_workers_as_for_one(
        self, desk, number, django_assert_num_queries
    ):
        for serial in range(1, number + 1):
            entered(replace(SUTINI, nik=f"337401550880900{serial}"))
        desk.get(LIST)
        with django_assert_num_queries(10):
            desk.get(LIST)

    def test_the_data_of_who_left_is_gone_from_every_page(self, desk):
        row = waiting()
        post(desk, case(row, "keluarkan/"))
        for page in (desk.get(f"{LIST}?status=keluar"), desk.get(case(row))):
            assert "Data dihapus" in text_of(page) and SUTINI.name not in text_of(page)
            assert SUTINI.nik[-4:] not in text_of(page) and SUTINI.workplace not in text_of(page)


class TestEntering:
    def test_by_link_the_worker_is_asked_and_the_officer_led_to_the_page(self, field):
        answer = post(field, ENTER, **typed())
        row = WaitingWorker.objects.get()
        assert answer["Location"] == case(row) and row.entered_for.code == "KEC-10"
        assert Message.objects.get(event="worker_consent_asked").to == SUTINI.phone
        assert "Belum setuju" in text_of(field.get(case(row)))

    def test_by_paper_nothing_is_sent_and_a_phone_is_not_needed(self, field):
        post(field, ENTER, **typed(way="paper", phone=""))
        assert WaitingWorker.objects.get().phone == "" and not Message.objects.exists()

    def test_the_operator_enters_for_the_whole_city(self, desk):
        post(desk, ENTER, **typed())
        assert WaitingWorker.objects.get().entered_for is None

    @pytest.mark.parametrize(
        "wrong, said",
        [
            ({"phone": ""}, "pilih formulir kertas"),
            ({"situation": "employee"}, "pemberi kerjanya"),
            ({"nik": "3374015508509001"}, "65 tahun atau lebih"),
            ({"way": ""}, "Pilih cara menyetujui"),
            ({"nik": "12"}, "16 angka"),
        ],
    )
    def test_a_wrong_answer_is_told_and_nothing_typed_is_lost(self, field, wrong, said):
        page = post(field, ENTER, **typed(workplace="Lapak kain nomor 9", **wrong))
        assert (
            page.status_code == 200
            and said in text_of(page)
            and "Lapak kain nomor 9" in page.content.decode()
        )
        assert not WaitingWorker.objects.exists()

    def test_the_same_form_sent_twice_enters_one_worker(self, field):
        token = field.get(ENTER).context["form_token"]
        first, second = (field.post(ENTER, typed(form_token=token)) for _ in range(2))
        assert first["Location"] == second["Location"] and WaitingWorker.objects.count() == 1
        assert field.post(ENTER, typed(form_token=token, name="Orang Lain")).status_code == 409

    def test_a_worker_of_the_own_list_is_shown_and_one_of_another_office_is_not_given_away(
        self, field, elsewhere
    ):
        row = entered()
        assert post(field, ENTER, **typed())["Location"] == case(row)
        answer = post(elsewhere, ENTER, **typed())
        page = text_of(elsewhere.get(answer["Location"]))
        assert answer["Location"] == LIST and "Data pekerja diterima" in page and "sudah ada" not in page
        assert "NIK yang sama didaftarkan lagi." in text_of(client_of(operator()).get(case(row)))


@pytest.mark.real_papers
class TestConsent:
    def test_the_link_is_sent_again_once_a_day(self, field):
        row = entered()
        assert "dikirim ke ponsel" in text_of(field.post(case(row, "tautan/"), follow=True))
        assert "sudah dikirim hari ini" in text_of(field.post(case(row, "tautan/"), follow=True))

    def test_the_printed_form_has_one_page_with_the_text_and_the_number_and_no_full_nik(self, field):
        row = entered()
        answer = field.get(case(row, "formulir/"))
        document = pypdfium2.PdfDocument(io.BytesIO(answer.content))
        words = " ".join(document[0].get_textpage().get_text_bounded().split())
        assert len(document) == 1 and answer["Content-Type"] == "application/pdf"
        number = f"DT-{row.pk.hex[:4]}-{row.pk.hex[4:8]}".upper()
        assert (
            number in words
            and SUTINI.name in words
            and "tidak dipungut biaya" in words
            and "Cap jempol" in words
        )
        assert SUTINI.nik not in words.replace(" ", "") and SUTINI.nik[-4:] in words

    def test_a_photographed_form_records_the_yes_and_the_verifier_looks_at_it(self, field, desk):
        row = entered(replace(SUTINI, phone=""))
        paper = upload("formulir.jpg", photo_of("Formulir"), "image/jpeg")
        answer = post(field, case(row, "formulir/unggah/"), paper=paper, seen="on")
        given = WorkerConsent.objects.get()
        assert answer["Location"] == case(row) and given.recorded_by == officer()
        picture = case(row, f"formulir/{given.document.pages.get().pk}/")
        assert picture in desk.get(case(row)).content.decode()
        shown = desk.get(picture)
        assert shown["Content-Type"] == "image/jpeg" and "no-store" in shown["Cache-Control"]
        assert AuditEvent.objects.filter(event="paper.opened", actor_user=operator()).count() == 1

    def test_the_picture_of_another_worker_is_not_there(self, field, elsewhere, desk):
        row, other = entered(), entered(PARJO_THERE)
        paper = upload("formulir.jpg", photo_of("Formulir"), "image/jpeg")
        post(field, case(row, "formulir/unggah/"), paper=paper, seen="on")
        page_id = WorkerConsent.objects.get().document.pages.get().pk
        assert desk.get(case(other, f"formulir/{page_id}/")).status_code == 404
        assert elsewhere.get(case(row, f"formulir/{page_id}/")).status_code == 404

    @pytest.mark.parametrize(
        "sent, said",
        [
            ({"seen": "on"}, "Pilih foto formulirnya"),
            ({"paper": b"just text", "seen": "on"}, "tidak dapat diterima"),
            ({"paper": b"x"}, "centang kotak ini"),
        ],
    )
    def test_a_file_that_is_no_form_or_a_missing_tick_is_told(self, field, sent, said):
        row = entered()
        if "paper" in sent:
            sent = {**sent, "paper": upload("formulir.jpg", sent["paper"], "image/jpeg")}
        page = post(field, case(row, "formulir/unggah/"), **sent)
        assert page.status_code == 200 and said in text_of(page) and not WorkerConsent.objects.exists()


class TestDeciding:
    def test_the_operator_accepts_and_the_worker_is_told(self, desk):
        row = agreed()
        answer = post(desk, case(row, "terima/"), case(row))
        row.refresh_from_db()
        assert answer["Location"] == case(row) and row.state == "waiting"
        assert Message.objects.get(event="waiting_verified").to == SUTINI.phone
        assert "Menunggu orang tua asuh" in text_of(desk.get(case(row)))

    def test_sent_twice_the_worker_is_accepted_and_told_once(self, desk):
        row = agreed()
        token = desk.get(case(row)).context["form_token"]
        for _ in range(2):
            assert desk.post(case(row, "terima/"), {"form_token": token})["Location"] == case(row)
        assert Message.objects.filter(event="waiting_verified").count() == 1
        assert AuditEvent.objects.filter(event="waiting.verified").count() == 1

    def test_without_consent_or_by_the_author_there_is_no_button_and_no_way_round_it(self, desk):
        silent, own = entered(), agreed(PARJO_THERE, by=operator())
        assert "belum menyetujui, jadi belum dapat diterima" in text_of(desk.get(case(silent)))
        assert "Rekan lain yang harus menerimanya" in text_of(desk.get(case(own)))
        for row, said in ((silent, "belum menyetujui"), (own, "Rekan lain")):
            assert "Terima di daftar tunggu" not in text_of(desk.get(case(row)))
            assert said in text_of(desk.post(case(row, "terima/"), follow=True))
            row.refresh_from_db()
            assert row.state == "entered"

    def test_a_field_officer_decides_nothing(self, field):
        row = agreed()
        for deed in ("terima/", "tolak/", "keluarkan/"):
            assert field.post(case(row, deed)).status_code == 403
        assert "Keputusan" not in text_of(field.get(case(row)))

    def test_refusing_asks_for_a_reason_and_a_note_without_numbers(self, desk):
        row = agreed()
        assert "Pilih alasan" in text_of(post(desk, case(row, "tolak/")))
        page = post(desk, case(row, "tolak/"), reason="held", note=f"lihat {SUTINI.nik}")
        assert "Hapus nomor dari catatan" in text_of(page)
        assert post(desk, case(row, "tolak/"), reason="held", note="dobel")["Location"] == case(row)
        page = text_of(desk.get(case(row)))
        assert "Sudah dilindungi atau terdaftar dua kali. dobel" in page and "Tidak memenuhi syarat" in page

    def test_nobody_is_said_to_be_told_who_has_no_phone(self, desk):
        row = agreed()
        row.phone, row.phone_index = "", ""
        row.save()
        assert "ia tidak menerima pesan" in text_of(desk.get(case(row, "tolak/")))
        post(desk, case(row, "tolak/"), reason="held", note="")
        page = text_of(desk.get(case(row)))
        assert f"{row.name} ditolak." in page and "diberi tahu" not in page

    def test_taking_a_worker_off_asks_first(self, desk):
        row = waiting()
        assert "minta keluar?" in text_of(desk.get(case(row, "keluarkan/")))
        row.refresh_from_db()
        assert row.state == "waiting"
        post(desk, case(row, "keluarkan/"))
        row.refresh_from_db()
        assert (row.state, row.nik) == ("withdrawn", "")
        assert desk.get(case(row, "formulir/")).status_code == 404


class TestPosters:
    def test_posters_that_can_be_scanned_stand_before_revoked_ones(self):
        gone, hangs = poster(), poster()
        Poster.objects.filter(pk=gone.pk).update(revoked_at=MORNING)
        assert list(posters()) == [hangs, gone]

    def test_a_poster_is_made_printed_with_its_qr_and_revoked(self, desk, client):
        fields = {
            "group_kind": "ojek",
            "group_name": "Pangkalan Contoh",
            "kelurahan": "33.74.01.1001",
            "opd": "",
        }
        assert post(desk, f"{POSTERS}baru/", **fields)["Location"] == POSTERS
        made = Poster.objects.get()
        assert "Pangkalan Contoh" in text_of(desk.get(POSTERS))
        document = pypdfium2.PdfDocument(io.BytesIO(desk.get(f"{POSTERS}{made.pk}/cetak/").content))
        words = " ".join(document[0].get_textpage().get_text_bounded().split())
        assert len(document) == 1 and "Daftar tunggu perlindungan" in words and "Gratis" in words
        assert _qr_of(document).endswith(f"/pekerja/daftar/{made.token}/")
        assert "Cabut poster ini?" in text_of(desk.get(f"{POSTERS}{made.pk}/cabut/"))
        desk.post(f"{POSTERS}{made.pk}/cabut/")
        assert (
            "Dicabut" in text_of(desk.get(POSTERS))
            and desk.get(f"{POSTERS}{made.pk}/cetak/").status_code == 404
        )
        assert client.get(f"/pekerja/daftar/{made.token}/").status_code == 410

    @pytest.mark.parametrize(
        "wrong", [{"group_name": ""}, {"kelurahan": "9"}, {"group_kind": "x"}, {"opd": "999999"}]
    )
    def test_a_wrong_answer_is_told_and_nothing_typed_is_lost(self, desk, wrong):
        fields = {
            "group_kind": "lain",
            "group_name": "Paguyuban Sayur",
            "kelurahan": "33.74.01.1001",
            "opd": "",
        }
        page = post(desk, f"{POSTERS}baru/", **{**fields, **wrong})
        assert "Ada yang perlu diperbaiki" in text_of(page) and not Poster.objects.exists()

    def test_posters_are_the_operators_business(self, field):
        made = poster()
        assert field.get(POSTERS).status_code == field.get(f"{POSTERS}{made.pk}/cetak/").status_code == 403


class TestTheStartPage:
    def test_each_role_is_told_what_waits(self, desk, field):
        agreed()
        entered(PARJO_THERE)
        seen = {line.label: line.count for line in desk.get("/kantor/").context["urgent"]}
        assert seen["pekerja daftar tunggu siap diperiksa"] == 1
        other = {line.label: line.count for line in field.get("/kantor/").context["others"]}
        assert other["pekerja daftar tunggu belum menyetujui"] == 1
        assert "/kantor/daftar-tunggu/" in field.get("/kantor/").content.decode()


def test_an_occupation_taken_out_of_use_stays_a_filter_and_is_not_offered_any_more(desk, field):
    entered()
    Occupation.objects.filter(code=SUTINI.occupation).update(active=False)
    assert len(desk.get(f"{LIST}?pekerjaan={SUTINI.occupation}").context["rows"]) == 1
    assert "Pilih jenis pekerjaan" in text_of(
        post(field, ENTER, **typed(PARJO_THERE, occupation=SUTINI.occupation))
    )


def test_the_consent_that_counts_is_the_one_for_this_nik(desk):
    row = agreed()
    WaitingWorker.objects.filter(pk=row.pk).update(nik_index="f" * 64)
    row.refresh_from_db()
    assert worker_consent.consent_of(row) is None and "Belum setuju" in text_of(desk.get(case(row)))


def _qr_of(document) -> str:
    return zxingcpp.read_barcode(document[0].render(scale=2).to_pil()).text
