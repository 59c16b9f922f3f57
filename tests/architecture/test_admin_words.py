"""Every page of the admin speaks Indonesian: no column, filter, label or help text shows the name of a field."""

import re

import pytest
from django.contrib import admin
from lxml import html

from autodebit.actions import build
from autodebit.actions.batches import open_due
from registry.models import AuditEvent, Opd
from registry.rules.events import DETAIL_LABELS
from registry.rules.roles import Role
from sponsorship.actions import links, waiting_entry
from tests import at_state
from tests.autodebit.population import CUTOFF, MandateSpec, WorkerSpec, make_mandates
from tests.cast import MORNING, RARA
from tests.on_the_list import operator
from tests.staff_client import client_of
from tests.waiting import waiting

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label_lower)
# English words of columns and of developers' notes; whole words of the page outside what somebody has typed.
ENGLISH = re.compile(
    r"\b(account|actor|amount|approved?|at|batch|body|by|ceiling|changed?|channel|checks|collection|content|contact"
    r"|count|created?|date|days?|delete|detail|document|donor|employment|end(ed)?|error|event|expires|facts|for|frozen"
    r"|hash|history|holder|income|is|issued|key|lineage|link|lodged|maker|mandate|method|name|note|number|object|of"
    r"|opened|page|period|pending|planned|position|printed|purpose|reason|recipient|reference|registration|revision"
    r"|role|save|search|sealed|select|sent|sex|signed|signing|size|source|start(ed)?|state|subject|submitted|taken"
    r"|text|the|this|to|tries|type|used?|user|verified|version|was|wave|when|wished|without|worker|yes)\b",
    re.IGNORECASE,
)
# The same word in both languages.
SHARED = {"bank", "kecamatan", "kelurahan", "nip"}


def visible(answer) -> str:
    """What a reader sees, without what they fill in, code samples and names that people typed."""
    page = html.fromstring(answer.content)
    for hidden in page.xpath(
        "//script | //style | //textarea | //template | //svg | //*[contains(@class, 'username')]"
    ):
        hidden.drop_tree()
    return " ".join(page.text_content().split())


@pytest.fixture
def lived_in(db) -> None:
    """Something to show on every page: a registration that was verified and a month that was built."""
    office = Opd.objects.get(code="DINKES")
    links.create_link(
        opd=office,
        label="Apel pagi",
        days=30,
        max_uses=50,
        by=at_state.staff("narahubung", Role.OPD_HEAD, office.code),
        now=MORNING,
    )
    at_state.verified(RARA, at_state.staff("dewi", Role.OPD_VERIFIER, "DINKES"))
    waiting()
    poster = {"group_kind": "pasar", "group_name": "Pasar Contoh", "kelurahan": None, "opd": office}
    waiting_entry.make_poster(**poster, by=operator(), now=MORNING)
    make_mandates([MandateSpec(), MandateSpec(ceiling=1, workers=[WorkerSpec()])])
    build.build(batch_id=open_due(now=CUTOFF).pk, now=CUTOFF)


def readers() -> dict:
    """A client for each model: the journal and the messages are the auditor's."""
    auditor = client_of(at_state.staff("pengawas", Role.AUDITOR))
    administrator = client_of(at_state.staff("pembaca", Role.ADMINISTRATOR))
    return {
        model: auditor if model._meta.model_name in ("auditevent", "message") else administrator
        for model in MODELS
    }


def test_list_and_page_of_a_row_show_no_english_word(lived_in):
    """All models in one test: what is lived through for it costs more than all the pages."""
    wrong = {}
    for model, client in readers().items():
        row = model._default_manager.first()
        folder = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for address in (folder, f"{folder}{row.pk}/change/", f"{folder}{row.pk}/history/"):
            answer = client.get(address)
            assert answer.status_code == 200, address
            if found := [word[0] for word in ENGLISH.finditer(visible(answer))]:
                wrong[address] = found
    assert wrong == {}


def test_every_fact_of_the_journal_has_a_label(lived_in):
    facts = {name for line in AuditEvent.objects.all() for name in line.detail}
    assert {"source", "period", "total", "days"} <= facts <= set(DETAIL_LABELS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_no_column_of_a_listed_model_is_left_with_the_name_of_its_field(model):
    unnamed = [
        field.name
        for field in model._meta.concrete_fields
        if str(field.verbose_name) == field.name.replace("_", " ") and field.name not in SHARED
    ]
    # Sealed values, their fingerprints and keys are on no page.
    assert [name for name in unnamed if name in shown_by(model)] == []


def shown_by(model) -> set[str]:
    page = admin.site._registry[model]
    named = {str(name) for name in (*(page.fields or ()), *page.list_display, *page.list_filter)}
    return named | {field.name for field in model._meta.concrete_fields if field.editable and not page.fields}


def test_the_front_page_of_the_admin_shows_no_english_word(db):
    client = client_of(at_state.staff("pembaca", Role.ADMINISTRATOR))
    assert [found[0] for found in ENGLISH.finditer(visible(client.get("/admin/")))] == []
