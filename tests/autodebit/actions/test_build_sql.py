import random

import pytest
from django.db import connection

from autodebit.actions.build_sql import check_symbol_of
from sponsorship.rules.mandate import ALPHABET, check_symbol


@pytest.mark.django_db
def test_the_check_symbol_in_sql_is_that_of_the_rule():
    dice = random.Random(7)
    bodies = ["".join(dice.choices(ALPHABET, k=15)) for _ in range(2_000)] + ["0" * 15, "Y" * 15]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT body, {check_symbol_of('body', 15)} FROM unnest(%(bodies)s) AS body", {"bodies": bodies}
        )
        assert dict(cursor.fetchall()) == {body: check_symbol(body) for body in bodies}
