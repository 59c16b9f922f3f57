import lxml.html
import pytest
from django.contrib.admin.models import LogEntry

from registry.models import AuditEvent, City, Message, Occupation, Opd, RoleAssignment, User
from registry.rules.roles import Role
from registry.staff import has_second_factor
from sponsorship.models import Holiday, Mandate, Registration
from tests.at_state import proven_donor, staff, verified
from tests.cast import RARA
from tests.staff_client import client_of, enrolled

pytestmark = pytest.mark.django_db
USERS = "/admin/registry/user/"
NIP = "198203142006042901"


@pytest.fixture
def admin():
    return client_of(staff("admin", Role.ADMINISTRATOR))


def account(**more) -> dict:
    """A filled form for an account; the numbered fields belong to its roles."""
    return {
        "username": "dewi", "full_name": "Contoh Dewi", "nip": "19820314 200604 2 901", "is_active": "on",
        "new_password": "sandi-awal-panjang", "assignments-TOTAL_FORMS": "1", "assignments-INITIAL_FORMS": "0",
        "assignments-MIN_NUM_FORMS": "0", "assignments-MAX_NUM_FORMS": "1000", "assignments-0-role": "opd_verifier",
        "assignments-0-opd": Opd.objects.get(code="DINKES").pk, **more,
    }  # fmt: skip


def latest(event: str) -> AuditEvent:
    return AuditEvent.objects.filter(event=event).latest("id")


def test_a_changed_row_is_in_the_journal_with_its_words_before_and_after(admin):
    page = "/admin/registry/occupation/tukang_becak/change/"
    assert (
        admin.post(
            page, {"code": "tukang_becak", "name": "Pengayuh becak", "sector": "transport", "active": "on"}
        ).status_code
        == 302
    )
    line = latest("reference.changed")
    assert line.detail == {"changes": {"name": ["Tukang becak", "Pengayuh becak"]}}
    assert (line.object_type, line.object_id, line.actor_user.username) == (
        "registry.occupation",
        "tukang_becak",
        "admin",
    )
    assert LogEntry.objects.filter(object_id="tukang_becak").count() == 1


def test_a_unit_below_an_office_can_be_added(admin):
    dinkes = Opd.objects.get(code="DINKES")
    answer = admin.post(
        "/admin/registry/opd/add/",
        {"code": "DINKES-PKM1", "name": "Puskesmas Contoh", "kind": "unit", "parent": dinkes.pk},
    )
    assert answer.status_code == 302 and Opd.objects.get(code="DINKES-PKM1") in Opd.objects.at_or_below(
        [dinkes.pk]
    )


def test_a_new_account_keeps_its_nip_sealed_and_gets_its_role(admin):
    assert admin.post(f"{USERS}add/", account()).status_code == 302
    user = User.objects.get(username="dewi")
    assert user.nip == NIP and user.check_password("sandi-awal-panjang")
    assert [(a.role, a.opd.code) for a in user.assignments.all()] == [("opd_verifier", "DINKES")]
    assert latest("role.granted").detail == {"role": "opd_verifier"}
    made = latest("staff.changed")
    assert made.detail["new"] is True and NIP not in str(made.detail) and "sandi" not in str(made.detail)
    page = admin.get(f"{USERS}{user.pk}/change/").content.decode()
    assert (
        NIP not in page
        and "sandi-awal-panjang" not in page
        and "•••• •••••• • 901" not in page
        and "2 901" in page
    )


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"nip": "123"}, "NIP terdiri dari 18 angka"),
        ({"new_password": ""}, "Akun baru perlu kata sandi"),
        ({"new_password": "pendek"}, "12 karakter"),
        ({"assignments-0-opd": ""}, "Pilih OPD-nya"),
        ({"assignments-0-role": "auditor"}, "Kosongkan OPD"),
    ],
)
def test_an_account_that_cannot_be_is_refused_with_a_sentence(admin, more, says):
    answer = admin.post(f"{USERS}add/", account(**more))
    assert answer.status_code == 200 and says in answer.content.decode()
    assert not User.objects.filter(username="dewi").exists()


def test_two_accounts_never_share_a_nip(admin):
    admin.post(f"{USERS}add/", account())
    answer = admin.post(f"{USERS}add/", account(username="dewi2", nip=NIP))
    assert "sudah dipakai akun lain" in answer.content.decode()


def test_an_empty_nip_and_password_leave_the_stored_ones(admin):
    admin.post(f"{USERS}add/", account())
    user = User.objects.get(username="dewi")
    role = user.assignments.get()
    unchanged = account(
        nip="", new_password="", full_name="Contoh Dewi Baru", **{
            "assignments-INITIAL_FORMS": "1", "assignments-0-id": role.pk, "assignments-0-user": user.pk,
        },
    )  # fmt: skip
    assert admin.post(f"{USERS}{user.pk}/change/", unchanged).status_code == 302
    user = User.objects.get(pk=user.pk)
    assert (
        user.full_name == "Contoh Dewi Baru" and user.nip == NIP and user.check_password("sandi-awal-panjang")
    )


def test_a_role_that_is_taken_is_in_the_journal(admin):
    admin.post(f"{USERS}add/", account())
    user = User.objects.get(username="dewi")
    taken = account(**{
        "assignments-INITIAL_FORMS": "1", "assignments-0-id": user.assignments.get().pk,
        "assignments-0-user": user.pk, "assignments-0-DELETE": "on",
    })  # fmt: skip
    admin.post(f"{USERS}{user.pk}/change/", taken)
    assert not RoleAssignment.objects.filter(user=user).exists() and latest("role.taken").opd.code == "DINKES"


def test_nobody_gives_a_right_to_oneself(admin):
    me = User.objects.get(username="admin")
    admin.post(
        f"{USERS}{me.pk}/change/",
        account(username="admin", **{"assignments-0-role": "labour_approver", "assignments-0-opd": ""}),
    )
    assert [a.role for a in me.assignments.all()] == ["administrator"]


def test_a_lost_phone_is_helped_by_taking_the_second_factor(admin):
    user = enrolled(staff("dewi", Role.OPD_VERIFIER, "DINKES"))
    admin.post(USERS, {"action": "take_second_factor", "_selected_action": [str(user.pk)]})
    assert not has_second_factor(user) and latest("staff.second_factor_reset").object_id == str(user.pk)


def test_reference_data_and_people_are_never_deleted(admin):
    me, office, day = User.objects.get(), Opd.objects.first(), Holiday.objects.first()
    for page in (
        f"registry/opd/{office.pk}",
        f"registry/user/{me.pk}",
        "registry/city/1",
        f"sponsorship/holiday/{day.pk}",
    ):
        assert admin.post(f"/admin/{page}/delete/", {"post": "yes"}).status_code == 403, page
    admin.post(
        "/admin/registry/opd/", {"action": "delete_selected", "_selected_action": [office.pk], "post": "yes"}
    )
    assert Opd.objects.filter(pk=office.pk).exists()


def test_a_day_touched_by_the_office_is_the_offices_own_and_can_be_taken_back(admin):
    day = Holiday.objects.first().pk
    page = f"/admin/sponsorship/holiday/{day}"
    answer = admin.post(f"{page}/change/", {"day": day.strftime("%d-%m-%Y"), "name": "Libur", "works": "on"})
    assert answer.status_code == 302
    changed = Holiday.objects.get(pk=day)
    assert changed.source == "kantor" and changed.works
    assert admin.post(f"{page}/delete/", {"post": "yes"}).status_code == 302
    assert not Holiday.objects.filter(pk=day).exists()
    assert latest("reference.changed").detail["changes"]["name"] == ["Libur", None]


def test_looking_things_up_shows_no_full_number_and_changes_nothing():
    verified(RARA, staff("dewi", Role.OPD_VERIFIER, "DINKES"))
    reader = client_of(staff("audit", Role.AUDITOR))
    made, mandate = Registration.objects.get(), Mandate.objects.get()
    pages = [
        f"/admin/sponsorship/registration/{made.pk}/change/", f"/admin/sponsorship/mandate/{mandate.pk}/change/",
        f"/admin/sponsorship/sponsorship/{made.sponsorships.get().pk}/change/",
        f"/admin/registry/message/{Message.objects.first().pk}/change/",
        f"/admin/registry/auditevent/{AuditEvent.objects.latest('id').pk}/change/",
        "/admin/registry/message/", "/admin/registry/auditevent/", USERS,
    ]  # fmt: skip
    for page in pages:
        answer = reader.get(page)
        text = answer.content.decode()
        assert answer.status_code == 200, page
        for secret in (RARA.nip, RARA.account, RARA.workers[0].nik, RARA.email, RARA.workers[0].phone):
            assert secret not in text, (page, secret)
    assert "•••••• 4567" in reader.get(pages[1]).content.decode()
    assert reader.post(pages[0], {"state": "draft"}).status_code == 403
    assert Registration.objects.get().state == "verified"


def test_a_message_in_the_admin_never_shows_its_words():
    proven_donor(RARA)
    message = Message.objects.get()
    page = (
        client_of(staff("audit", Role.AUDITOR))
        .get(f"/admin/registry/message/{message.pk}/change/")
        .content.decode()
    )
    assert message.subject in page and message.body[:30] not in page


def test_a_role_that_only_looks_may_not_change():
    reader = client_of(staff("viewer", Role.LABOUR_VIEWER))
    page = "/admin/registry/occupation/tukang_becak/change/"
    assert reader.get(page).status_code == 200
    assert reader.post(page, {"name": "Lain", "sector": "other"}).status_code == 403
    assert Occupation.objects.get(code="tukang_becak").name == "Tukang becak"


def test_the_salary_gate_is_a_policy_of_the_city_and_its_change_is_in_the_journal(admin):
    page = "/admin/registry/city/1/change/"
    form = lxml.html.fromstring(admin.get(page).content).xpath("//form[@id='city_form']")[0]
    assert form.fields["salary_gate"] == "off"
    assert admin.post(page, {**dict(form.form_values()), "salary_gate": "per_opd"}).status_code == 302
    assert City.objects.get().salary_gate == "per_opd"
    line = AuditEvent.objects.get(event="reference.changed")
    assert "Bendahara setiap OPD" in str(line.detail) or "per_opd" in str(line.detail)


def test_sign_out_and_password_of_the_admin_lead_to_the_one_sign_in(admin):
    assert admin.get("/admin/password_change/")["Location"] == "/akun/password/change/"
    assert admin.post("/admin/logout/")["Location"] == "/akun/logout/"
    assert "no-store" in admin.get("/admin/password_change/")["Cache-Control"]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_of_staff_asks_the_database_as_often_for_three_as_for_one(
    admin, rows, django_assert_num_queries
):
    for number in range(rows):
        enrolled(staff(f"petugas{number}", Role.OPD_VERIFIER, "DINKES"))
    with django_assert_num_queries(12):
        assert admin.get(USERS).status_code == 200
