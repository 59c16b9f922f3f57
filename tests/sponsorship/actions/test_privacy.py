"""I21: a donor is walked to the desk, then the whole database, every file and every log line is searched."""

import base64
import hashlib
import logging
from dataclasses import replace

import pytest
from django.core import mail
from django.db import connection

from registry.actions import messages
from registry.models import Message
from registry.rules.display import nik_display, nip_display, phone_display
from registry.rules.roles import Role
from tests import at_state
from tests.cast import MORNING, RARA, SUTINI

pytestmark = pytest.mark.real_papers

CANARY_WORKER = replace(SUTINI, nik="3374015508809123", phone="+6281377790909")
CANARY = replace(
    RARA,
    nip="199003152015032911",
    email="burung.kenari@contoh.example",
    account="0047114711",
    workers=(CANARY_WORKER,),
)
NUMBERS = {
    "nik": (CANARY_WORKER.nik, nik_display(CANARY_WORKER.nik)),
    "nip": (CANARY.nip, nip_display(CANARY.nip)),
    "account": (CANARY.account,),
    "phone": (
        CANARY_WORKER.phone,
        CANARY_WORKER.phone.removeprefix("+62"),
        phone_display(CANARY_WORKER.phone),
    ),
    "email": (CANARY.email,),
}


def spellings(kind: str) -> dict[str, bytes]:
    """The ways in which a secret could lie somewhere: plain, grouped, in base64, as a plain hash."""
    found = {}
    for plain in NUMBERS[kind]:
        data = plain.encode()
        found[f"plain {plain}"] = data
        found[f"base64 {plain}"] = base64.b64encode(data).rstrip(b"=")[:-1]
        for name in ("md5", "sha1", "sha256", "sha512"):
            found[f"{name} {plain}"] = hashlib.new(name, data).hexdigest().encode()
            found[f"raw {name} {plain}"] = hashlib.new(name, data).digest()
    return found


def dump() -> bytes:
    """Every row of every table as PostgreSQL writes it; binary columns follow once more as the bytes they are."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            rows = [row.encode() for (row,) in cursor.fetchall()]
            parts += rows + [_unhexed(row) for row in rows]
    return b"\n".join(parts)


def _unhexed(row: bytes) -> bytes:
    binaries = [part.split(b'"')[0] for part in row.split(b"\\x")[1:]]
    return b"\n".join(bytes.fromhex(text.decode()) for text in binaries if len(text) % 2 == 0)


@pytest.mark.django_db
def test_no_number_of_a_registration_lies_open_in_database_files_logs_or_mails(settings, caplog):
    caplog.set_level(logging.INFO)
    verifier = at_state.staff("verifikator", Role.OPD_VERIFIER, "DINKES")
    at_state.in_check(CANARY, verifier)
    messages.send_waiting(now=MORNING)

    places = {
        "database": dump(),
        "files": b"\n".join(path.read_bytes() for path in settings.PAPERS_DIR.rglob("*") if path.is_file()),
        "names of files": "\n".join(str(path) for path in settings.PAPERS_DIR.rglob("*")).encode(),
        "logs": caplog.text.encode(),
        "subjects": "\n".join(Message.objects.values_list("subject", flat=True)).encode(),
    }
    mails = "\n".join(f"{sent.subject}\n{sent.body}" for sent in mail.outbox).encode()

    assert CANARY.name.encode() in places["database"], "the search would find something"
    assert len(places["files"]) > 20_000 and len(mail.outbox) >= 2
    found = [
        (place, kind, spelling)
        for kind in NUMBERS
        for spelling, needle in spellings(kind).items()
        for place, text in (*places.items(), ("mails", mails))
        if needle in text
    ]
    assert found == []
