"""What the pages of one batch show: figures, totals by office, history, and which of the buttons this person has."""

from autodebit import queries
from autodebit.actions.approval import APPROVALS_NEEDED, may_approve
from autodebit.labels import EXCLUSION, FORMAT, HISTORY
from autodebit.models import Batch
from autodebit.rules.lifecycle import BATCH
from registry.models import AuditEvent, User
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.money import in_words, rupiah
from sponsorship.rules.months import Month, indonesian_date, indonesian_weekday_date, wib

_TONES = {"warn": "wait"}


def batch_context(batch: Batch, user: User) -> dict:
    """Everything of the batch's own page, ready to be written down."""
    works = is_at_work(batch)
    return {
        **head_context(batch),
        "works": works,
        "progress": _progress(batch) if works else None,
        "note": batch.build_note,
        "offices": [
            {"name": row["opd__name"], "count": number(row["count"]), "total": rupiah(row["total"])}
            for row in queries.office_totals(batch)
        ],
        "exclusions": [
            (EXCLUSION[reason], number(count)) for reason, count in queries.exclusion_counts(batch)
        ],
        "history": [entry_of(event) for event in queries.history_of(batch)],
        "files": [file_row(file) for file in batch.files.all()],
        "approvals": list(batch.approvals.filter(revision=batch.revision).select_related("by")),
        "approvals_needed": APPROVALS_NEEDED,
        "may_approve": may_approve(batch, user),
        "may_build": batch.state == "open" and may(user, Right.BUILD_BATCH),
        "may_reopen": BATCH.allows(batch.state, "reopen") and may(user, Right.BUILD_BATCH),
        "may_seal": batch.state == "approved" and not batch.seal_requested_at and may(user, Right.SEAL_BATCH),
        "may_download": may(user, Right.DOWNLOAD_BANK_FILE),
    }


def head_context(batch: Batch) -> dict:
    """What every page of a batch opens with."""
    return {
        "batch": batch,
        "month": Month.parse(batch.period).label(),
        "bank": batch.profile.bank.name,
        "state": status_of(batch),
        "count": number(batch.count),
        "total": rupiah(batch.total),
        "total_words": in_words(batch.total),
        "collection_day": indonesian_weekday_date(batch.collection_date),
        "maker": batch.maker.full_name if batch.maker else "Sistem (terjadwal)",
    }


def status_of(batch: Batch) -> dict:
    state = BATCH.state(batch.state)
    return {"label": state.label, "tone": _TONES.get(state.tone, state.tone)}


def is_at_work(batch: Batch) -> bool:
    """Whether a worker has something to do: then the page looks again by itself."""
    return (batch.state == "open" and not batch.build_note) or (
        batch.state == "approved" and batch.seal_requested_at is not None
    )


def _progress(batch: Batch) -> dict | None:
    known = queries.progress_of(batch.pk)
    return known and {**known, "text": f"Langkah {known['step']} dari {known['of']}"}


def difference_rows(batch: Batch) -> list[dict]:
    """This month against the last, in the words of the approval page."""
    found = queries.difference_of(batch)
    return [
        {"label": "Donatur baru", "count": number(found.joined), "total": signed(found.joined_total)},
        {
            "label": "Donatur yang tidak lagi dipotong",
            "count": number(found.left),
            "total": signed(-found.left_total),
        },
        {"label": "Jumlahnya berubah", "count": number(found.changed), "total": signed(found.changed_total)},
    ]


def entry_of(event: AuditEvent) -> dict:
    title, tone = HISTORY[event.event]
    return {
        "title": title,
        "tone": tone,
        "when": f"{indonesian_date(event.at)}, {wib(event.at)}",
        "who": event.actor_user.full_name if event.actor_user else "Sistem (terjadwal)",
        "text": _detail(event.detail),
    }


def _detail(detail: dict) -> str:
    if "reason" in detail:
        return f"Alasan: {detail['reason']}"
    if "count" in detail:
        return f"{number(detail['count'])} baris, {rupiah(detail['total'])}, revisi {detail['revision']}."
    return detail.get("file", "")


def file_row(file) -> dict:
    return {
        "file": file,
        "label": FORMAT[file.format],
        "count": number(file.count),
        "total": rupiah(file.total),
        "size": f"{number(max(1, round(file.document.size / 1000)))} kB",
    }


def number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def signed(amount: int) -> str:
    return rupiah(amount) if amount <= 0 else f"+{rupiah(amount)}"
