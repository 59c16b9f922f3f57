from datetime import date

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from autodebit.actions.copying import Rows

ROWS = [("a\tb\\\n\r\x00c", None, 7, date(2026, 12, 1)), ("\\N", "\\.", 0, None), ("", "é 小", -1, None)]


@pytest.mark.django_db
def test_what_is_copied_arrives_as_it_was_but_for_nul():
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE told (a varchar, b varchar, c bigint, d date)")
        cursor.cursor.copy_expert("COPY told FROM STDIN", Rows(ROWS))
        cursor.execute("SELECT * FROM told")
        assert cursor.fetchall() == [("a\tb\\\n\rc", None, 7, date(2026, 12, 1)), *ROWS[1:]]


@given(st.lists(st.tuples(st.text(max_size=9), st.integers())), st.integers(1, 7))
def test_pieces_of_any_size_make_the_same_text(rows, size):
    whole, pieces = Rows(rows).read(), Rows(rows)
    read = []
    while piece := pieces.read(size):
        assert len(piece) <= size
        read.append(piece)
    assert "".join(read) == whole
