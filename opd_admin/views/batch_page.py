"""What the pages of one batch show: figures, totals by office, history, and which of the buttons this person has."""

from autodebit import queries
from autodebit.actions import gate, waves
from autodebit.actions.approval import APPROVALS_NEEDED, may_approve
from autodebit.actions.sending import is_offered
from autodebit.labels import DIFFERENCE, DIFFERENCE_KIND, EXCLUSION, FORMAT, HISTORY
from autodebit.models import Batch
from autodebit.queries_difference import Group
from autodebit.queries_gate import is_on
from autodebit.rules.lifecycle import BATCH
from opd_admin.views.ceremony_page import ceremony_context
from registry.models import AuditEvent, User
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.money import in_words, rupiah
from sponsorship.rules.months import Month, indonesian_date, indonesian_weekday_date, wib


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
        "files": [file_row(file) for file in batch.files.select_related("document")],
        "approvals": list(batch.approvals.filter(revision=batch.revision).select_related("by")),
        "approvals_needed": APPROVALS_NEEDED,
        "may_approve": may_approve(batch, user),
        "may_narrow": gate.may_narrow(batch, user),
        "may_see_gate": batch.state == "frozen" and is_on() and may(user, Right.SEE_BATCHES),
        "may_open_wave": waves.may_open_next(batch, user),
        "may_build": batch.state == "open" and may(user, Right.BUILD_BATCH),
        "may_reopen": BATCH.allows(batch.state, "reopen") and may(user, Right.BUILD_BATCH),
        "may_seal": batch.state == "approved" and not batch.seal_requested_at and may(user, Right.SEAL_BATCH),
        "may_pack": batch.sealed_at is not None and may(user, Right.MAKE_AUDIT_PACK),
        "may_download": may(user, Right.DOWNLOAD_BANK_FILE),
        **ceremony_context(batch, user),
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
    return {"label": state.label, "tone": state.tone}


def is_at_work(batch: Batch) -> bool:
    """Whether a worker has something to do: then the page looks again by itself."""
    return (
        (batch.state == "open" and not batch.build_note)
        or (batch.state == "approved" and batch.seal_requested_at is not None)
        or (is_offered(batch) and queries.progress_of(batch.pk) is not None)
    )


def _progress(batch: Batch) -> dict | None:
    known = queries.progress_of(batch.pk)
    return known and {**known, "text": f"Langkah {known['step']} dari {known['of']}"}


def difference_rows(groups: list[Group]) -> list[dict]:
    """This month against the last, in the words of the approval page: each kind of change, then its reasons."""
    rows = []
    for kind, label in DIFFERENCE_KIND.items():
        mine = [group for group in groups if group.kind == kind]
        delta = sum(group.after - group.before for group in mine)
        count = sum(group.count for group in mine)
        rows.append({"label": label, "count": number(count), "total": signed(delta), "kind": True})
        rows += [
            {
                "label": DIFFERENCE[group.reason],
                "count": number(group.count),
                "total": signed(group.after - group.before),
                "look": group.reason.endswith("_other"),
            }
            for group in mine
        ]
    return rows


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
    if "receiver" in detail:
        return f"{detail['channel']}, diterima {detail['receiver']}."
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
