"""What the batch page shows of the ceremony: the hand-over, a refusal, a voiding, and whose button is offered."""

from autodebit.actions.cover_letter import WITH_LETTER
from autodebit.actions.delivery import why_not_confirm, why_not_refuse
from autodebit.actions.sending import is_offered
from autodebit.models import Batch, Delivery
from registry.models import User
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.months import indonesian_date, wib

_CHANNELS = dict(Delivery.CHANNELS)


def ceremony_context(batch: Batch, user: User) -> dict:
    """Everything under one name, so that it meets nothing else on the page."""
    sealed = batch.state == "sealed"
    asked = sealed and batch.void_requested_at is not None
    may_hand_over, may_void = may(user, Right.HAND_OVER), may(user, Right.VOID_BATCH)
    return {
        "ceremony": {
            "delivery": delivery_rows(batch),
            "refusal": refusal_rows(batch),
            "void": void_rows(batch),
            "void_asked": asked,
            "has_difference": batch.count > 0,
            "letter": batch.state in WITH_LETTER and may(user, Right.DOWNLOAD_BANK_FILE),
            "hand_over": sealed and may_hand_over,
            "send": may_hand_over and not asked and is_offered(batch),
            "refuse": batch.state == "delivered" and may_hand_over and why_not_refuse(batch) is None,
            "ask_void": sealed and not asked and may_void,
            "confirm_void": asked and may_void and why_not_confirm(batch, user) is None,
            "evidence": batch.state == "bank_rejected" and may(user, Right.DOWNLOAD_BANK_FILE),
        }
    }


def delivery_rows(batch: Batch) -> list[dict]:
    if batch.state not in ("delivered", "reconciled", "closed", "bank_rejected"):
        return []
    delivery = Delivery.objects.select_related("by").filter(batch=batch).first()
    if delivery is None:
        return []
    rows = [
        ("Diserahkan", f"{indonesian_date(delivery.handed_at)}, {wib(delivery.handed_at)}"),
        ("Cara", _CHANNELS[delivery.channel]),
        ("Diterima oleh", delivery.receiver),
        ("Nomor tanda terima", delivery.receipt),
        ("Catatan", delivery.note),
        ("Dicatat oleh", delivery.by.full_name if delivery.by else "Sistem (terjadwal)"),
    ]
    return _rows(rows)


def refusal_rows(batch: Batch) -> list[dict]:
    if batch.state != "bank_rejected":
        return []
    refusal = batch.refusal
    return _rows(
        [
            ("Alasan bank", refusal.reason),
            ("Dicatat", f"{indonesian_date(refusal.at)}, {wib(refusal.at)}, oleh {refusal.by.full_name}"),
        ]
    )


def void_rows(batch: Batch) -> list[dict]:
    """Who asked, why, and who agreed."""
    if batch.void_requested_at is None:
        return []
    asked = f"{indonesian_date(batch.void_requested_at)}, {wib(batch.void_requested_at)}"
    return _rows(
        [
            ("Diminta", f"{asked}, oleh {batch.void_requested_by.full_name}"),
            ("Alasan", batch.void_reason),
            ("Disetujui", batch.voided_by.full_name if batch.voided_by else ""),
        ]
    )


def _rows(rows: list[tuple[str, str]]) -> list[dict]:
    return [{"label": label, "value": value} for label, value in rows if value]
