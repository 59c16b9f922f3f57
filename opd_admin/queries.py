"""What waits for a member of staff, as the start page of the office shows it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from autodebit.actions.approval import why_not_yet
from autodebit.models import Attempt, Batch, FollowUp, Refund, ResultFile
from autodebit.queries_gate import is_on
from autodebit.rules.lifecycle import ENDED_BATCH
from registry.models import AuditEvent, Message, User
from registry.rules.roles import Right
from registry.staff import may, offices_of
from sponsorship import queries_waiting_office
from sponsorship.models import InvitationLink, Registration, Sponsorship
from sponsorship.rules.months import JAKARTA


@dataclass(frozen=True)
class Waiting:
    """One line of work: how many, of what, and where it is done. `urgent` when somebody else waits for it."""

    count: int
    label: str
    url: str
    urgent: bool = False


def waiting_for(user: User, now: datetime) -> list[Waiting]:
    """Everything this person may do something about, also when it is nothing at the moment."""
    return [line for right, lines in _BY_RIGHT if may(user, right) for line in lines(user, now)]


def _desk(user: User, now: datetime) -> Iterator[Waiting]:
    mine = Registration.objects.filter(opd__in=offices_of(user, Right.CHECK_DOCUMENTS))
    submitted = mine.filter(state="submitted").count()
    yield Waiting(submitted, "pendaftaran menunggu diperiksa", "/kantor/verifikasi/", urgent=submitted > 0)
    taken = mine.filter(state="in_check", taken_by=user).count()
    yield Waiting(taken, "sedang Anda periksa", "/kantor/verifikasi/", urgent=taken > 0)


def _approvals(user: User, now: datetime) -> Iterator[Waiting]:
    """Those this person could approve now: what the salary gate holds, or they approved already, waits for others."""
    frozen = Batch.objects.filter(state="frozen").select_related("profile")
    count = sum(why_not_yet(batch, user) is None for batch in frozen)
    yield Waiting(count, "kumpulan potongan menunggu persetujuan Anda", "/kantor/batch/", urgent=count > 0)


def _sealing(user: User, now: datetime) -> Iterator[Waiting]:
    approved = Batch.objects.filter(state="approved").count()
    yield Waiting(approved, "kumpulan potongan siap disegel", "/kantor/batch/", urgent=approved > 0)
    sealed = Batch.objects.filter(state="sealed").count()
    yield Waiting(sealed, "kumpulan potongan siap diserahkan ke bank", "/kantor/batch/", urgent=sealed > 0)


def _running(user: User, now: datetime) -> Iterator[Waiting]:
    yield Waiting(
        Batch.objects.exclude(state__in=("closed", *ENDED_BATCH)).count(),
        "kumpulan potongan berjalan",
        "/kantor/batch/",
    )
    ready = Sponsorship.objects.filter(state__in=("ready", "active")).count()
    yield Waiting(ready, "pekerja yang pendaftarannya sudah disetujui", "/kantor/batch/")


def _answers(user: User, now: datetime) -> Iterator[Waiting]:
    read = ResultFile.objects.filter(state="previewed").count()
    yield Waiting(read, "jawaban bank menunggu diterapkan", "/kantor/bulan/", urgent=read > 0)


def _follow_ups(user: User, now: datetime) -> Iterator[Waiting]:
    waiting = FollowUp.objects.filter(state="open").count()
    yield Waiting(waiting, "tindak lanjut terbuka", "/kantor/tindak-lanjut/", urgent=waiting > 0)


def _voids(user: User, now: datetime) -> Iterator[Waiting]:
    asked = Batch.objects.filter(state="sealed", void_requested_by__isnull=False).exclude(
        void_requested_by=user
    )
    count = asked.count()
    if count and may(user, Right.APPROVE_BATCH):
        yield Waiting(count, "pembatalan kumpulan menunggu keputusan Anda", "/kantor/batch/", urgent=True)


def _refunds(user: User, now: datetime) -> Iterator[Waiting]:
    asked = Refund.objects.filter(state="requested").exclude(requested_by=user).count()
    yield Waiting(
        asked, "pengembalian dana menunggu keputusan Anda", "/kantor/pengembalian/", urgent=asked > 0
    )


def _salary(user: User, now: datetime) -> Iterator[Waiting]:
    """The months whose lines of own offices wait for a word about the salary."""
    mine = offices_of(user, Right.CONFIRM_SALARY)
    waiting = Attempt.objects.filter(state="frozen", batch__state="frozen", opd__in=mine) if is_on() else None
    count = waiting.values("batch__period").distinct().count() if waiting is not None else 0
    yield Waiting(count, "bulan menunggu pernyataan gaji Anda", "/kantor/gaji/", urgent=count > 0)


def _office_totals(user: User, now: datetime) -> Iterator[Waiting]:
    mine = offices_of(user, Right.SEE_OFFICE_TOTALS)
    running = Sponsorship.objects.filter(state__in=("ready", "active"), registration__opd__in=mine).count()
    yield Waiting(running, "pekerja yang disponsori ASN di OPD Anda", "/kantor/gaji/")


def _links(user: User, now: datetime) -> Iterator[Waiting]:
    usable = InvitationLink.objects.filter(revoked_at=None, expires_at__gt=now, uses__lt=F("max_uses"))
    yield Waiting(usable.count(), "tautan pendaftaran OPD yang terbuka", "/kantor/tautan/")


def _waiting_to_check(user: User, now: datetime) -> Iterator[Waiting]:
    count = queries_waiting_office.to_check(user)
    yield Waiting(count, "pekerja daftar tunggu siap diperiksa", "/kantor/daftar-tunggu/", urgent=count > 0)


def _waiting_to_agree(user: User, now: datetime) -> Iterator[Waiting]:
    yield Waiting(
        queries_waiting_office.without_consent(user),
        "pekerja daftar tunggu belum menyetujui",
        "/kantor/daftar-tunggu/",
    )


def _waiting_workers(user: User, now: datetime) -> Iterator[Waiting]:
    yield Waiting(
        queries_waiting_office.counts(user)["menunggu"],
        "pekerja menunggu orang tua asuh",
        "/kantor/daftar-tunggu/?status=menunggu",
    )


def _accounts(user: User, now: datetime) -> Iterator[Waiting]:
    without = User.objects.filter(is_active=True).exclude(authenticator__type="totp").count()
    yield Waiting(
        without, "petugas belum memasang pengaman kedua", "/admin/registry/user/", urgent=without > 0
    )


def _unsent(user: User, now: datetime) -> Iterator[Waiting]:
    failed = Message.objects.filter(state=Message.FAILED).count()
    yield Waiting(
        failed, "pesan gagal terkirim", "/admin/registry/message/?state__exact=failed", urgent=failed > 0
    )


def _journal(user: User, now: datetime) -> Iterator[Waiting]:
    start = now.astimezone(JAKARTA).replace(hour=0, minute=0, second=0, microsecond=0)
    yield Waiting(
        AuditEvent.objects.filter(at__gte=start).count(),
        "baris jurnal hari ini",
        "/admin/registry/auditevent/",
    )


_BY_RIGHT: tuple[tuple[Right, Callable[[User, datetime], Iterator[Waiting]]], ...] = (
    (Right.CHECK_DOCUMENTS, _desk),
    (Right.APPROVE_BATCH, _approvals),
    (Right.SEAL_BATCH, _sealing),
    (Right.IMPORT_RESULT, _answers),
    (Right.FOLLOW_UP, _follow_ups),
    (Right.VOID_BATCH, _voids),
    (Right.APPROVE_REFUND, _refunds),
    (Right.CONFIRM_SALARY, _salary),
    (Right.SEE_OFFICE_TOTALS, _office_totals),
    (Right.SEE_BATCHES, _running),
    (Right.VERIFY_WAITING, _waiting_to_check),
    (Right.ENTER_WAITING, _waiting_to_agree),
    (Right.SEE_WAITING, _waiting_workers),
    (Right.MANAGE_LINKS, _links),
    (Right.MANAGE_STAFF, _accounts),
    (Right.MANAGE_REFERENCE, _unsent),
    (Right.SEE_AUDIT, _journal),
)
