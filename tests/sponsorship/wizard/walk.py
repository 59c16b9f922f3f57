"""A donor at a browser without JavaScript: walks the wizard over HTTP, step by step, as far as a test wants."""

import time
from dataclasses import dataclass, field

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from registry.models import Message, Opd
from sponsorship.models import Registration
from tests.at_state import photo_of
from tests.cast import RARA, MadeUpDonor, MadeUpWorker

STEPS = "/daftar/langkah/"


@dataclass
class Walk:
    """`walk.to("unggah")` answers every step before `unggah` and leaves the donor on that page."""

    person: MadeUpDonor = RARA
    client: Client = field(default_factory=Client)

    def to(self, slug: str) -> "Walk":
        ways = [
            ("kontak", self.contact),
            ("kode", self.code),
            ("diri", self.me),
            ("rekening", self.account),
            ("pekerja", self.workers),
            ("periksa", lambda: self.post("periksa", {})),
            ("persetujuan", self.agree),
            ("cetak", lambda: self.post("cetak", {})),
            ("unggah", self.upload),
            ("kirim", self.send),
        ]
        for name, way in ways:
            if name == slug:
                return self
            way()
        assert slug == "saya", slug
        return self

    @property
    def registration(self) -> Registration:
        return Registration.objects.get(pk=self.client.session["registration"])

    def get(self, slug: str, **query: str) -> HttpResponse:
        return self.client.get(f"{STEPS}{slug}/" if "/" not in slug else slug, query)

    def post(self, slug: str, answers: dict, leads_to: str | None = None) -> HttpResponse:
        """Opens the page, sends its form with `answers`, and expects to be led on (to `leads_to` when given)."""
        path = slug if slug.startswith("/") else f"{STEPS}{slug}/"
        page = self.client.get(path)
        assert page.status_code == 200, (path, page.status_code, page.headers.get("Location"))
        token = {"form_token": page.context["form_token"]} if "form_token" in page.context else {}
        answer = self.client.post(path, {**token, **answers})
        assert answer.status_code == 302, (path, errors_of(answer))
        if leads_to:
            assert answer["Location"] == leads_to, answer["Location"]
        return answer

    def contact(self) -> None:
        self.post("kontak", {"channel": "email", "email": self.person.email}, f"{STEPS}kode/")

    def code(self) -> HttpResponse:
        return self.post("kode", {"code": last_code()})

    def me(self) -> None:
        self.post("diri", person_answers(self.person), f"{STEPS}rekening/")

    def account(self) -> None:
        self.post("rekening", account_answers(self.person), f"{STEPS}pekerja/")

    def workers(self) -> None:
        for worker in self.person.workers:
            self.worker(worker)
            self.cover(worker)
        self.post("pekerja", {}, f"{STEPS}periksa/")

    def worker(self, worker: MadeUpWorker) -> HttpResponse:
        return self.post("pekerja/tambah", worker_answers(worker))

    def cover(self, worker: MadeUpWorker) -> HttpResponse:
        newest = self.registration.sponsorships.order_by("-position").first()
        answers = {"programme": worker.programme, "declared_income": str(worker.income)}
        return self.post(f"kepesertaan/{newest.pk}", answers, f"{STEPS}pekerja/")

    def agree(self) -> HttpResponse:
        shown = self.get("persetujuan").context["shown"]
        return self.post("persetujuan", {"shown": shown, "agree": "on"}, f"{STEPS}cetak/")

    def upload(self) -> HttpResponse:
        return self.post("unggah", paper_answers(self.person.name), f"{STEPS}kirim/")

    def send(self) -> HttpResponse:
        return self.post("kirim", {}, "/saya/")


def last_code() -> str:
    """The six digits of the newest message that carries some."""
    newest = Message.objects.filter(event="one_time_code").order_by("-created_at").first()
    return next(word for word in newest.body.split() if len(word) == 6 and word.isdigit())


def person_answers(person: MadeUpDonor) -> dict[str, str]:
    office = Opd.objects.get(code=person.opd)
    return {"name": person.name, "nip": person.nip, "position": person.position, "opd": str(office.pk)}


def account_answers(person: MadeUpDonor) -> dict[str, str]:
    return {"account": person.account, "account_again": person.account, "holder": person.name}


def worker_answers(worker: MadeUpWorker) -> dict[str, str]:
    return {
        "situation": "own",
        "name": worker.name,
        "nik": worker.nik,
        "phone": worker.phone,
        "occupation": worker.occupation,
        "workplace": worker.workplace,
        "kelurahan": worker.kelurahan,
    }


def photo(words: str, name: str = "foto.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, photo_of(words), content_type="image/jpeg")


def paper_answers(words: str) -> dict[str, object]:
    return {
        "signed_mandate": [photo(f"Surat kuasa {words} 1"), photo(f"Surat kuasa {words} 2")],
        "ktp": photo(f"KTP {words}"),
        "passbook": photo(f"Buku tabungan {words}"),
    }


def errors_of(page: HttpResponse) -> dict | int:
    """The messages of the form on a page, by field."""
    form = page.context.get("form") if page.context else None
    extra = list(page.context.get("extra_errors") or []) if page.context else []
    return {
        **({name: list(words) for name, words in form.errors.items()} if form else {}),
        **({"": extra} if extra else {}),
    }


def sitting(registration: Registration) -> Walk:
    """The donor of this registration at a browser, contact proven just now."""
    walk = Walk()
    session = walk.client.session
    session.update(
        {"donor": str(registration.donor_id), "registration": str(registration.pk), "donor_seen": time.time()}
    )
    session.save()
    walk.client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return walk
