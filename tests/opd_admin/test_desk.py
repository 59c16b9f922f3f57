"""The desk over HTTP: the queue, one case, taking, verifying, and the same form sent twice."""

from datetime import timedelta

import pytest
from django.urls import reverse

from registry.actions.staff import set_nip
from registry.models import AuditEvent, Opd, RoleAssignment
from registry.rules.roles import Role
from sponsorship.actions import verification
from sponsorship.rules.checks import REQUIRED_CHECKS
from tests import at_state
from tests.cast import BIMA, MORNING, RARA, another
from tests.opd_admin.desk_page import QUEUE, address, form_of, page_of, references, said, words_of
from tests.staff_client import client_of
from tests.threads import at_once

pytestmark = pytest.mark.django_db
# The queue


def test_queue_shows_own_office_and_units_below_it_and_nothing_else(desk):
    health = Opd.objects.get(code="DINKES")
    unit = Opd.objects.create(code="PKM-CONTOH", name="Puskesmas Contoh", kind="unit", parent=health)
    own, below = at_state.submitted(another(1)), at_state.submitted(another(2, opd=unit.code))
    at_state.submitted(another(3, opd="DISDIK"))

    answer = desk.get(QUEUE)

    assert sorted(references(answer)) == sorted([own.reference, below.reference])
    assert [words_of(tab) for tab in page_of(answer).xpath("//ul[@class='counts']//a")] == [
        "Menunggu 2", "Sedang diperiksa 0", "Dikembalikan 0", "Disetujui 0",
    ]  # fmt: skip


def test_queue_is_oldest_first_and_marks_what_is_late(desk):
    for number, days in enumerate((0, 4, 5, 7), start=1):
        at_state.submitted(another(number), MORNING - timedelta(days=days))

    rows = page_of(desk.get(QUEUE)).xpath("//tbody/tr")

    assert [words_of(row.xpath("./td")[-1]) for row in rows] == [
        "7 hari, terlambat 2 hari", "5 hari, batas hari ini", "4 hari, batas besok", "hari ini",
    ]  # fmt: skip
    assert [bool(row.xpath(".//*[@class='age-late']")) for row in rows] == [True, False, False, False]


def test_age_counts_days_of_the_office_and_not_of_utc(desk):
    before_midnight_utc = MORNING - timedelta(hours=2, minutes=30)  # 06.30 WIB of the same day
    at_state.submitted(RARA, before_midnight_utc)

    assert words_of(page_of(desk.get(QUEUE)).xpath("//tbody/tr/td")[-1]) == "hari ini"


def test_filter_by_name_and_reference_stays_in_every_address(desk):
    made, _ = at_state.submitted(RARA), at_state.submitted(BIMA)

    by_name = desk.get(QUEUE, {"q": "lestari"})

    assert references(by_name) == [made.reference] == references(desk.get(QUEUE, {"q": made.reference[3:]}))
    assert page_of(by_name).xpath("//input[@name='q']/@value") == ["lestari"]
    assert page_of(by_name).xpath("//ul[@class='counts']//a/@href")[2] == "?status=dikembalikan&q=lestari"


@pytest.mark.parametrize(
    "query", [{"q": "\x00"}, {"status": "lain"}, {"halaman": "x"}, {"q": "%"}, {"halaman": "99"}]
)
def test_nonsense_in_the_address_gets_a_page(desk, query):
    at_state.submitted(RARA)

    assert desk.get(QUEUE, query).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_queue_asks_the_database_the_same_for_one_row_and_for_three(desk, number, django_assert_num_queries):
    for each in range(1, number + 1):
        at_state.submitted(another(each))
    desk.get(QUEUE)

    with django_assert_num_queries(8):
        desk.get(QUEUE)


# One case


def test_foreign_case_answers_as_a_missing_one(desk):
    foreign = at_state.submitted(another(1, opd="DISDIK"))
    missing = f"{QUEUE}00000000-0000-4000-8000-000000000000/"

    for ending in ("", "kembalikan/"):
        there, nowhere = desk.get(address(foreign, ending)), desk.get(missing + ending)
        assert (there.status_code, nowhere.status_code) == (404, 404)
        assert there.content == nowhere.content
    for ending in ("ambil/", "lepas/", "setujui/", "kembalikan/", "tampilkan/"):
        assert desk.post(address(foreign, ending), {"revision": 1}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.state == "submitted"
    assert not AuditEvent.objects.filter(event="number.shown").exists()


def test_draft_of_the_own_office_is_not_there_yet(desk):
    assert desk.get(address(at_state.with_papers(RARA))).status_code == 404


@pytest.mark.parametrize("role", [Role.OPD_TREASURER, Role.OPD_HEAD])
def test_role_without_the_right_is_refused(morning, role):
    somebody = client_of(at_state.staff("sri", role, "DINKES"))

    assert somebody.get(QUEUE).status_code == 403


def test_taken_right_ends_with_the_next_request(desk, verifier):
    made = at_state.submitted(RARA)
    assert desk.get(address(made)).status_code == 200

    RoleAssignment.objects.filter(user=verifier).delete()

    assert desk.get(address(made)).status_code == 403


@pytest.mark.real_papers
def test_case_shows_what_stands_on_the_printed_mandate(desk):
    made = at_state.submitted(RARA)

    page = page_of(desk.get(address(made)))
    rows = {
        words_of(dt): " ".join(map(words_of, dt.xpath("./following-sibling::dd")))
        for dt in page.xpath("//dt")
    }

    mandate = made.mandates.get()
    assert rows["Nomor surat"] == f"{mandate.number}"
    assert rows["Paling banyak"] == "Rp16.800 sebulan"
    assert rows["Mulai"] == "Desember 2026"
    assert rows["Halaman"] == "1 diunggah, 2 dicetak periksa Dicetak 2 halaman, yang diunggah baru 1."
    assert rows["Pemilik"] == "Rara Contoh Lestari cocok"
    assert rows["Ponsel"] == "••••-••••-0001"


def test_worker_without_phone_and_second_worker_have_their_own_rows(desk):
    made = at_state.submitted(another(1, workers=(*RARA.workers, *BIMA.workers)))

    page = page_of(desk.get(address(made)))

    assert [words_of(h) for h in page.xpath("//h3[starts-with(., 'Pekerja')]")] == [
        "Pekerja: Sutini Contoh", "Pekerja: Parjo Contoh",
    ]  # fmt: skip
    phones = page.xpath("//dt[.='Ponsel']/following-sibling::dd[1]")
    assert [words_of(phone) for phone in phones] == ["••••-••••-0001", "tidak ada"]


@pytest.mark.parametrize("number", [1, 3])
def test_case_asks_the_database_the_same_for_one_worker_and_three(
    desk, verifier, number, django_assert_num_queries
):
    workers = [another(each).workers[0] for each in range(1, number + 1)]
    made = at_state.in_check(another(9, workers=tuple(workers)), verifier)
    desk.get(address(made))

    with django_assert_num_queries(22):
        desk.get(address(made))


def test_next_and_previous_walk_through_everything_that_waits(desk):
    first, second, third = (
        at_state.submitted(another(n), MORNING - timedelta(days=4 - n)) for n in (1, 2, 3)
    )

    def links(made):
        page = page_of(desk.get(address(made)))
        return [page.xpath(f"string(//a[@data-key='{key}']/@href)") for key in ("p", "n")]

    assert links(first) == ["", address(second)]
    assert links(second) == [address(first), address(third)]
    assert links(third) == [address(second), address(first)]


def test_number_is_masked_until_asked_for_and_asking_is_in_the_journal(desk, verifier):
    made = at_state.submitted(RARA)
    assert desk.get(address(made, "tampilkan/")).status_code == 405

    shown = desk.post(address(made, "tampilkan/"))

    numbers = {"0001234567", "3374 0155 0880 9001", "0812-9999-0001", RARA.email}
    assert numbers <= set(page_of(shown).xpath("//dd/text()"))
    assert "no-store" in shown["Cache-Control"]
    line = AuditEvent.objects.get(event="number.shown")
    assert (line.actor_user, line.object_id, line.opd.code) == (verifier, str(made.pk), "DINKES")


def test_identity_and_account_numbers_appear_on_no_page_of_the_desk(desk, verifier):
    made = at_state.submitted(RARA)
    pages = [desk.get(QUEUE), desk.get(QUEUE, {"q": "rara"}), desk.get(address(made))]
    pages.append(desk.post(address(made, "ambil/"), follow=True))
    made.refresh_from_db()
    chosen = {"revision": made.revision, "ktp": ["name_differs"], "passbook": ["account_differs"]}
    pages += [
        desk.get(address(made, "kembalikan/")),
        desk.post(address(made, "kembalikan/"), chosen | {"lihat": "1"}),
    ]
    pages.append(desk.post(address(made, "setujui/"), {"revision": made.revision}))

    plain = ["".join(page.content.decode().replace("-", "").split()) for page in pages]

    canaries = (RARA.account, RARA.workers[0].nik, "081299990001", "6281299990001", RARA.email)
    assert [(number, page) for number in canaries for page, text in enumerate(plain) if number in text] == []
    assert RARA.name.replace(" ", "") in plain[2]


# Taking, verifying


def test_case_is_taken_released_and_seen_by_the_next(desk, verifier, morning):
    made = at_state.submitted(RARA)
    colleague = client_of(at_state.staff("ratna", Role.OPD_VERIFIER, "DINKES"))

    mine = desk.post(address(made, "ambil/"), follow=True)
    theirs = colleague.post(address(made, "ambil/"), follow=True)

    assert form_of(mine, "Setujui")["revision"] == "3"
    assert said(theirs) == ["Pendaftaran ini sedang diperiksa oleh Contoh dewi."]
    assert "Dipegang Contoh dewi sejak 09.0" in words_of(page_of(theirs))
    assert page_of(theirs).xpath("//button[@data-key]/text()[contains(., 'Ambil')]") == []
    desk.post(address(made, "lepas/"))
    assert form_of(colleague.get(address(made)), "Ambil untuk diperiksa")


def test_case_left_lying_is_offered_to_the_colleague(morning, verifier):
    made = at_state.in_check(RARA, verifier, MORNING - timedelta(hours=4))
    colleague = client_of(at_state.staff("ratna", Role.OPD_VERIFIER, "DINKES"))
    assert form_of(colleague.get(address(made)), "Ambil alih")

    colleague.post(address(made, "ambil/"))

    made.refresh_from_db()
    assert str(made.taken_by) == "Contoh ratna"


def test_own_registration_offers_no_act(desk, verifier):
    set_nip(verifier, RARA.nip)
    verifier.save()
    made = at_state.submitted(RARA)

    page = page_of(desk.get(address(made)))

    assert "Ini pendaftaran Anda sendiri." in words_of(page)
    assert page.xpath("//button[@data-key='a']") == []
    assert said(desk.post(address(made, "ambil/"), follow=True)) == [verification.OWN_CASE.message]


def test_verified_case_leads_to_the_next_with_a_message(desk, taken):
    following = at_state.submitted(BIMA)
    given = form_of(desk.get(address(taken)), "Setujui") | {"checks": list(REQUIRED_CHECKS)}

    answer = desk.post(address(taken, "setujui/"), given, follow=True)

    assert answer.redirect_chain == [(address(following), 302)]
    assert said(answer) == [f"Pendaftaran {taken.reference} disetujui."]


def test_after_the_last_case_comes_the_empty_queue(desk, taken):
    given = form_of(desk.get(address(taken)), "Setujui") | {"checks": list(REQUIRED_CHECKS)}

    answer = desk.post(address(taken, "setujui/"), given, follow=True)

    assert answer.redirect_chain == [(QUEUE, 302)]
    assert "Tidak ada yang menunggu" in words_of(page_of(answer))


def test_missing_tick_is_said_at_the_list_and_the_given_ones_stay(desk, taken):
    given = form_of(desk.get(address(taken)), "Setujui") | {"checks": ["ktp_matches", "mandate_signed"]}

    page = page_of(desk.post(address(taken, "setujui/"), given), 400)

    assert words_of(page.xpath("//title")[0]).startswith("Kesalahan:")
    assert page.xpath("//*[contains(@class, 'error-summary')]//a/text()") == [verification.UNCHECKED.message]
    assert page.xpath("//*[contains(@class, 'error-summary')]//a/@href")[0][1:] in page.xpath("//input/@id")
    assert sorted(page.xpath("//input[@name='checks'][@checked]/@value")) == ["ktp_matches", "mandate_signed"]


@pytest.mark.parametrize("given", [{}, {"revision": "x"}, {"revision": "3", "checks": ["lain"]}])
def test_form_we_did_not_make_is_refused_calmly(desk, taken, given):
    assert desk.post(address(taken, "setujui/"), given).status_code == 400
    taken.refresh_from_db()
    assert taken.state == "in_check"


def test_stale_page_is_refused_with_the_fresh_state(desk, taken, verifier):
    old = form_of(desk.get(address(taken)), "Setujui") | {"checks": list(REQUIRED_CHECKS)}
    verification.release(registration_id=taken.pk, by=verifier, now=MORNING)

    answer = desk.post(address(taken, "setujui/"), old, follow=True)

    assert said(answer) == [verification.STALE.message]
    assert form_of(answer, "Ambil untuk diperiksa")


def test_nip_of_another_donor_is_said_on_the_case(desk, verifier, morning):
    at_state.verified(RARA, verifier)
    twin = at_state.in_check(another(1, nip=RARA.nip), verifier)
    given = form_of(desk.get(address(twin)), "Setujui") | {"checks": list(REQUIRED_CHECKS)}

    answer = desk.post(address(twin, "setujui/"), given, follow=True)

    assert said(answer) == [verification.NIP_TAKEN.message]
    assert "NIP ini sudah dipakai donatur lain dengan kontak berbeda." in words_of(page_of(answer))


def test_same_form_again_gets_the_same_answer_and_another_body_409(desk, taken):
    at_state.submitted(BIMA)
    given = form_of(desk.get(address(taken)), "Setujui") | {"checks": list(REQUIRED_CHECKS)}
    first = desk.post(address(taken, "setujui/"), given)

    again = desk.post(address(taken, "setujui/"), given)
    other = desk.post(address(taken, "setujui/"), given | {"revision": "99"})

    assert (again.status_code, again["Location"]) == (302, first["Location"])
    assert other.status_code == 409
    assert page_of(other, 409).xpath("//main//a/@href") == [first["Location"]]
    assert AuditEvent.objects.filter(event="registration.verified").count() == 1


def test_same_form_sent_by_many_tabs_at_once_gets_one_answer(committed_db, morning):
    verifier = at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES")
    made = at_state.in_check(RARA, verifier)
    browsers = [client_of(verifier) for _ in range(8)]
    given = form_of(browsers[0].get(address(made)), "Setujui") | {"checks": list(REQUIRED_CHECKS)}

    answers = at_once([lambda b=browser: b.post(address(made, "setujui/"), given) for browser in browsers])

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, reverse("desk-queue"))
    ] * 8
    assert AuditEvent.objects.filter(event="registration.verified").count() == 1
