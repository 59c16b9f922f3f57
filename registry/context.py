from django.conf import settings

from config.clock import now
from registry.queries import city
from registry.rules.roles import LABELS, Right
from registry.staff import may, roles_of

_NAV = (
    ("Verifikasi", "/kantor/verifikasi/", Right.CHECK_DOCUMENTS),
    ("Daftar pegawai", "/kantor/daftar-pegawai/", Right.UPLOAD_ROSTER),
    ("Daftar tunggu", "/kantor/daftar-tunggu/", Right.SEE_WAITING),
    ("Papan bulan", "/kantor/bulan/", Right.SEE_BATCHES),
    ("Potongan bulanan", "/kantor/batch/", Right.SEE_BATCHES),
    ("Tindak lanjut", "/kantor/tindak-lanjut/", Right.FOLLOW_UP),
    ("Mutasi rekening", "/kantor/mutasi/", Right.RECONCILE),
    ("Gaji bulan ini", "/kantor/gaji/", Right.SEE_OFFICE_TOTALS),
    ("Tautan pendaftaran", "/kantor/tautan/", Right.MANAGE_LINKS),
    ("Pengaturan", "/admin/", Right.MANAGE_REFERENCE),
)


def site(request) -> dict:
    """What every page needs: the city profile, the demo mark, and a member of staff's own menu."""
    context = {"city": city(), "demo_mode": settings.APP_MODE == "demo", "demo_now": now()}
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        context["staff_nav"] = [
            (label, url, request.path.startswith(url)) for label, url, right in _NAV if may(user, right)
        ]
        context["session_seconds"] = settings.STAFF_IDLE_SECONDS
        context["staff_roles"] = ", ".join(sorted(LABELS[role] for role in roles_of(user)))
    return context
