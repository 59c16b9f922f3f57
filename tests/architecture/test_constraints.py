"""What the models promise has to be in the database: a migration may lose a constraint without a word."""

import pytest
from django.apps import apps
from django.db import connection

OURS = ("registry", "sponsorship", "autodebit")
_THERE = """
    SELECT conname FROM pg_constraint UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public'
"""


@pytest.mark.django_db
@pytest.mark.parametrize("app", OURS)
def test_every_constraint_and_index_of_the_models_is_in_the_database(app):
    with connection.cursor() as cursor:
        cursor.execute(_THERE)
        there = {name for (name,) in cursor.fetchall()}
    promised = {
        rule.name for model in apps.get_app_config(app).get_models()
        for rule in (*model._meta.constraints, *model._meta.indexes)
    }  # fmt: skip
    assert promised - there == set()


@pytest.mark.django_db
@pytest.mark.parametrize("app", OURS)
def test_every_trigger_of_the_models_is_in_the_database_and_switched_on(app):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled = 'O' AND NOT tgisinternal")
        there = {name for (name,) in cursor.fetchall()}
    promised = {
        trigger.get_pgid(model)
        for model in apps.get_app_config(app).get_models()
        for trigger in getattr(model._meta, "triggers", [])
    }
    assert promised - there == set()
