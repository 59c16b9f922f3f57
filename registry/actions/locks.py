from django.db import connection


def hold(*names: str) -> None:
    """Keeps everybody else out who holds one of these names, until the transaction ends.

    For what has no row to lock yet. Several names are taken in one order, so that no two processes wait for each other.
    """
    with connection.cursor() as cursor:
        for name in sorted(set(names)):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
