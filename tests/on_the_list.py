"""Workers walked onto the waiting list by the real actions, and a worker at a browser without JavaScript."""

from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpResponse
from django.test import Client

from registry.models import ContactCode, Kelurahan, Message, Occupation, Opd, User
from registry.rules.roles import Role
from sponsorship.actions import waiting_entry, worker_consent
from sponsorship.models import Poster, WaitingWorker
from tests.at_state import staff, worker_values
from tests.cast import MORNING, SUTINI, MadeUpWorker
from tests.sponsorship.wizard.walk import last_code

OFFICE = "KEC-10"


def person(username: str, role: Role, opd: str = "") -> User:
    """The member of staff of this name, made on first use."""
    return User.objects.filter(username=username).first() or staff(username, role, opd)


def officer() -> User:
    return person("nining", Role.FIELD_OFFICER, OFFICE)


def operator() -> User:
    return person("rina", Role.LABOUR_OPERATOR)


def entered(worker: MadeUpWorker = SUTINI, by: User | None = None, now: datetime = MORNING) -> WaitingWorker:
    """Entered by the field officer of Tembalang (or `by`), not agreed yet."""
    by = by or officer()
    office = Opd.objects.get(code=OFFICE) if by.username == "nining" else None
    return waiting_entry.enter(
        values=worker_values(worker),
        group=waiting_entry.Group(),
        notes=[],
        entered_for=office,
        by=by,
        now=now,
    )


def agreed(worker: MadeUpWorker = SUTINI, by: User | None = None, now: datetime = MORNING) -> WaitingWorker:
    row = entered(worker, by, now)
    worker_consent.record(row=row, method="code", by=None, now=now)
    return row


def waiting(worker: MadeUpWorker = SUTINI, now: datetime = MORNING) -> WaitingWorker:
    """Checked by the labour office: donors see them now."""
    return waiting_entry.verify(waiting_id=agreed(worker, now=now).pk, by=operator(), now=now)


def poster(name: str = "Pasar Contoh", opd: str = "") -> Poster:
    return waiting_entry.make_poster(
        group_kind="pasar",
        group_name=name,
        kelurahan=Kelurahan.objects.get(code=SUTINI.kelurahan),
        opd=Opd.objects.get(code=opd) if opd else None,
        by=operator(),
        now=MORNING,
    )


def answers(worker: MadeUpWorker = SUTINI, **more: str) -> dict[str, str]:
    """What the worker types into the first page."""
    typed = {
        "situation": "own",
        "name": worker.name,
        "nik": worker.nik,
        "phone": worker.phone,
        "occupation": Occupation.objects.get(code=worker.occupation).pk,
        "workplace": worker.workplace,
        "kelurahan": worker.kelurahan,
    }
    return {**typed, **more}


@dataclass
class AtPoster:
    """Somebody with a phone in front of a poster; `to("kode")` leaves them on the page for the code."""

    poster: Poster
    worker: MadeUpWorker = SUTINI
    client: Client = field(default_factory=Client)

    @property
    def address(self) -> str:
        return f"/pekerja/daftar/{self.poster.token}/"

    def type(self, **more: str) -> HttpResponse:
        return self.client.post(self.address, answers(self.worker, **more))

    def agree(self) -> HttpResponse:
        page = self.client.get(f"{self.address}persetujuan/")
        return self.client.post(
            f"{self.address}persetujuan/", {"agree": "on", "shown": page.context["shown"]}
        )

    def code(self, digits: str = "") -> HttpResponse:
        token = self.client.get("/pekerja/kode/").context["form_token"]
        return self.client.post("/pekerja/kode/", {"code": digits or last_code(), "form_token": token})

    def register(self) -> HttpResponse:
        self.type()
        self.agree()
        return self.code()


def digits_of(code: ContactCode) -> str:
    """The six digits that were sent for this code."""
    body = Message.objects.get(event="one_time_code", occasion=str(code.pk)).body
    return next(word for word in body.split() if len(word) == 6 and word.isdigit())


def messages_to_workers() -> dict[str, Message]:
    return {message.event: message for message in Message.objects.exclude(event="one_time_code")}
