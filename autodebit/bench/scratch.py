"""A database for one measurement: a copy of the one in use, with its reference data, gone afterwards."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import psycopg2.errors
from django.conf import settings
from django.db import connection
from django.test.utils import override_settings

_EVERYONES = "postgres"
_TRIES, _PAUSE_SECONDS = 60, 1


@contextmanager
def scratch_database(name: str) -> Iterator[None]:
    """This process works on a copy of its database while the block lasts; papers go to a folder of their own.

    Nobody else may be connected to the database meanwhile, and no transaction may be open: the server copies its files.
    """
    if connection.in_atomic_block:
        raise RuntimeError("A database is not copied from inside a transaction.")
    home = connection.settings_dict["NAME"]
    copy = f"{home}_{name}"
    connection.close()
    _on_the_server(
        f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)', f'CREATE DATABASE "{copy}" TEMPLATE "{home}"'
    )
    papers = Path(tempfile.mkdtemp(prefix="bench-papers-", dir=settings.VAR_DIR))
    connection.settings_dict["NAME"] = copy
    try:
        with override_settings(PAPERS_DIR=papers):
            yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = home
        _on_the_server(f'DROP DATABASE "{copy}" WITH (FORCE)')
        shutil.rmtree(papers, ignore_errors=True)


def _on_the_server(*statements: str) -> None:
    at = connection.settings_dict
    who = {"user": at["USER"], "password": at["PASSWORD"], "host": at["HOST"], "port": at["PORT"]}
    with closing(psycopg2.connect(dbname=_EVERYONES, **who)) as server:
        server.autocommit = True
        with server.cursor() as cursor:
            for statement in statements:
                _executed(cursor, statement)


def _executed(cursor, statement: str) -> None:
    """Again after a moment, when the server's own vacuum is at work in the database: nobody may end that by force."""
    for left in range(_TRIES, 0, -1):
        try:
            return cursor.execute(statement)
        except psycopg2.errors.InsufficientPrivilege:
            if left == 1:
                raise
            time.sleep(_PAUSE_SECONDS)
    return None
