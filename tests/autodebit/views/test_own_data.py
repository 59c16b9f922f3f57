"""The copy of a donor's data: everything that is theirs, nothing of anybody else, and a line in the journal."""

import hashlib
import io
import json
import zipfile

import pytest

from registry import intake
from registry.models import AuditEvent
from registry.rules.roles import Role
from sponsorship.models import Consent, Mandate
from tests import at_state
from tests.autodebit.own_history import confirmed_month
from tests.cast import BIMA, PARJO, RARA, SUTINI
from tests.sponsorship.wizard.walk import sitting

PAGE, EXPORT = "/saya/data/", "/saya/data/unduh/"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick_papers(monkeypatch):
    def accept(source, kind, limits=None) -> intake.Accepted:
        data = source.read()
        return intake.Accepted(data, "image/jpeg", (data,), hashlib.sha256(data).hexdigest())

    monkeypatch.setattr(intake, "inspect", accept)
    monkeypatch.setattr(
        "sponsorship.actions.mandates.render_mandate", lambda sheet: f"%PDF-1.7 {sheet.reference}".encode()
    )


@pytest.fixture
def rara():
    verifier = at_state.staff("pemeriksa", Role.OPD_VERIFIER, RARA.opd)
    made = at_state.verified(RARA, verifier)
    at_state.verified(BIMA, verifier)
    confirmed_month(Mandate.objects.get(registration=made), "2026-12")
    return sitting(made)


def exported(walk) -> zipfile.ZipFile:
    token = walk.client.get(PAGE).context["form_token"]
    answer = walk.client.post(EXPORT, {"form_token": token})
    assert answer.status_code == 200 and answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"] and "attachment" in answer["Content-Disposition"]
    return zipfile.ZipFile(io.BytesIO(answer.content))


def test_the_copy_holds_everything_of_the_donor(rara):
    packed = exported(rara)
    data = json.loads(packed.read("data.json"))
    person, registration = data["data"]
    kinds = {part["kind"]: part for part in registration["parts"]}

    assert person["contact"] == RARA.email and person["nip"].replace(" ", "") == RARA.nip
    assert registration["account"] == RARA.account and registration["verified_at"].startswith("2026-")
    assert kinds["worker"]["nik"].replace(" ", "") == SUTINI.nik
    assert kinds["consent"]["text_version"] == Consent.objects.first().text_version
    assert kinds["mandate"]["number"] == Mandate.objects.get(registration__donor__name=RARA.name).number
    (month,) = data["debits"]
    assert (month["period"], month["amount"], month["protected"]) == ("2026-12", 8_400, True)
    assert month["debits"][0]["amount"] == 8_400
    assert "registration_verified" in [message["event"] for message in data["messages"]]
    names = packed.namelist()
    assert sum(name.startswith("surat-kuasa/") for name in names) == 1
    assert sum(name.startswith("berkas/") for name in names) == 3
    assert packed.read(next(name for name in names if name.startswith("surat-kuasa/"))).startswith(b"%PDF")


def test_the_copy_can_be_read_by_a_person(rara):
    page = exported(rara).read("data.html").decode()
    for shown in (RARA.name, RARA.account, SUTINI.name, "Desember 2026", "Rp8.400", "Versi naskah"):
        assert shown in page, shown


def test_the_copy_holds_nothing_of_anybody_else(rara):
    packed = exported(rara)
    for name in packed.namelist():
        content = packed.read(name)
        for foreign in (
            BIMA.name,
            BIMA.nip,
            BIMA.email,
            BIMA.account,
            PARJO.name,
            PARJO.nik,
            "Contoh pemeriksa",
        ):
            assert foreign.encode() not in content, (name, foreign)


def test_taking_a_copy_and_each_paper_in_it_is_journalled(rara):
    exported(rara)
    donor = rara.registration.donor
    assert AuditEvent.objects.get(event="donor.exported").actor_donor == donor
    assert AuditEvent.objects.filter(event="paper.opened", actor_donor=donor).count() == 4


def test_a_copy_is_taken_by_a_form_only_and_by_its_donor_only(rara, client):
    assert rara.client.get(EXPORT).status_code == 405
    assert client.post(EXPORT)["Location"] == "/daftar/lanjut/"


def test_too_many_copies_an_hour_are_refused(rara, settings):
    settings.RATELIMIT_ENABLE = True
    answers = [rara.client.post(EXPORT).status_code for _ in range(7)]
    assert answers == [200] * 6 + [429]


def test_a_damaged_paper_is_left_out_and_the_rest_comes(rara, settings):
    for path in settings.PAPERS_DIR.rglob("*"):
        if path.is_file():
            path.write_bytes(b"broken")
    assert exported(rara).namelist() == ["data.json", "data.html"]
