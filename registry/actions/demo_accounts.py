"""Made-up staff for trying the product. Their passwords and secrets are public by design; production refuses them."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from registry.actions import audit
from registry.actions.staff import record_role, set_nip
from registry.models import Opd, RoleAssignment, User
from registry.rules.roles import Role

PASSWORD = "peragaan-peduli-2026"
PERIOD_SECONDS = 30


class OnlyInDemo(Exception):
    """Demo accounts were asked for in production."""


@dataclass(frozen=True)
class DemoAccount:
    username: str
    full_name: str
    nip: str
    role: Role
    opd_code: str = ""

    @property
    def secret(self) -> str:
        """The base32 secret of the authenticator: fixed per account, so that an app set up once keeps working."""
        return base64.b32encode(hashlib.sha256(f"demo {self.username}".encode()).digest()[:20]).decode()

    def code(self, epoch: float) -> str:
        """The six digits the authenticator shows at that moment (RFC 6238)."""
        return format_hotp_value(hotp_value(self.secret, int(epoch) // PERIOD_SECONDS))


ACCOUNTS = (
    DemoAccount(
        "verifikator.dinkes", "Contoh Dewi Verifikasi", "198203142006042901", Role.OPD_VERIFIER, "DINKES"
    ),
    DemoAccount(
        "verifikator.disdik", "Contoh Bayu Verifikasi", "198507212010011902", Role.OPD_VERIFIER, "DISDIK"
    ),
    DemoAccount("operator.disnaker", "Contoh Rina Operator", "198811052012122903", Role.LABOUR_OPERATOR),
    DemoAccount("penyetuju1.disnaker", "Contoh Agus Penyetuju", "197604182001121904", Role.LABOUR_APPROVER),
    DemoAccount("penyetuju2.disnaker", "Contoh Wulan Penyetuju", "197909302003122905", Role.LABOUR_APPROVER),
    DemoAccount("pengamat.disnaker", "Contoh Tono Pengamat", "199002112015031906", Role.LABOUR_VIEWER),
    DemoAccount(
        "bendahara.dinkes", "Contoh Sri Bendahara", "198106252005012907", Role.OPD_TREASURER, "DINKES"
    ),
    DemoAccount(
        "bendahara.disdik", "Contoh Joko Bendahara", "197903112003121911", Role.OPD_TREASURER, "DISDIK"
    ),
    DemoAccount(
        "bendahara.dishub", "Contoh Ratih Bendahara", "198609232011012912", Role.OPD_TREASURER, "DISHUB"
    ),
    DemoAccount("bendahara.dlh", "Contoh Anton Bendahara", "198312052008011913", Role.OPD_TREASURER, "DLH"),
    DemoAccount("kepala.dinkes", "Contoh Hadi Kepala", "197001081995031908", Role.OPD_HEAD, "DINKES"),
    DemoAccount(
        "petugas.tembalang", "Contoh Nining Petugas", "199107182016022914", Role.FIELD_OFFICER, "KEC-10"
    ),
    DemoAccount("auditor", "Contoh Lestari Auditor", "198412192009022909", Role.AUDITOR),
    DemoAccount("administrator", "Contoh Yoga Administrator", "199305042018011910", Role.ADMINISTRATOR),
)


def make_accounts(*, now: datetime) -> int:
    """Makes or resets every demo account: role, password, second factor, recovery codes. Answers how many are new.

    Raises OnlyInDemo in production.
    """
    if settings.PRODUCTION:
        raise OnlyInDemo("Demo accounts have public passwords; production has none.")
    with transaction.atomic():
        password = _hashed_password()
        return sum(_make(account, password, now) for account in ACCOUNTS)


def _hashed_password() -> str:
    """One hash for all, kept while it is right: hashing ten times over would take longer than everything else."""
    kept = User.objects.filter(is_demo=True).order_by("username").values_list("password", flat=True).first()
    return kept if kept and check_password(PASSWORD, kept) else make_password(PASSWORD)


def _make(account: DemoAccount, password: str, now: datetime) -> bool:
    user = User.objects.filter(username=account.username).first()
    new = user is None
    if new:
        user = User(username=account.username, is_demo=True)
    elif not user.is_demo:
        return False
    user.full_name, user.is_active, user.password = account.full_name, True, password
    set_nip(user, account.nip)
    user.save()
    _give_role(user, account, now)
    _give_second_factor(user, account)
    return new


def _give_role(user: User, account: DemoAccount, now: datetime) -> None:
    opd = Opd.objects.get(code=account.opd_code) if account.opd_code else None
    assignment, fresh = RoleAssignment.objects.get_or_create(user=user, role=account.role.value, opd=opd)
    if fresh:
        record_role(assignment=assignment, granted=True, by=audit.SYSTEM, now=now)


def _give_second_factor(user: User, account: DemoAccount) -> None:
    """The rows allauth itself would write at enrolment; rows that are right already stay, and so do open sessions."""
    seal = get_adapter().encrypt
    seed = hashlib.sha256(f"demo codes {account.username}".encode()).hexdigest()
    totp = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if totp is None or get_adapter().decrypt(totp.data["secret"]) != account.secret:
        Authenticator.objects.update_or_create(
            user=user, type=Authenticator.Type.TOTP, defaults={"data": {"secret": seal(account.secret)}}
        )
    Authenticator.objects.get_or_create(
        user=user,
        type=Authenticator.Type.RECOVERY_CODES,
        defaults={"data": {"seed": seal(seed), "used_mask": 0}},
    )
