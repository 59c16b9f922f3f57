"""What the pages of a bank's answer show: its stage, the figures of the dry run, reasons in plain words, faults."""

from autodebit import queries, queries_results
from autodebit.actions.results import figure_to_type
from autodebit.labels import OUTCOME, RESULT_FORMAT, VERDICT
from autodebit.models import Attempt, Batch, ReasonCode, ResultFile, ResultLine
from autodebit.rules.lifecycle import ATTEMPT, RESULT_FILE
from autodebit.rules.matching import HANDED_BACK, TO_A_PERSON
from opd_admin.views.batch_page import number
from registry.models import AuditEvent, User
from registry.rules.events import Event
from registry.rules.roles import Right
from registry.staff import may
from sponsorship.rules.money import in_words, rupiah
from sponsorship.rules.months import Month, indonesian_date, wib

UNKNOWN_CODE = "Kode tidak dikenal"
_NOTHING = {"count": 0, "total": 0}
_APPLIED = "Cocok, sudah dicatat"
_TONES = {
    Event.RESULT_RECEIVED: "info",
    Event.RESULT_PREVIEWED: "info",
    Event.RESULT_APPLIED: "good",
    Event.RESULT_QUARANTINED: "stop",
    Event.RESULT_HANDED_BACK: "info",
    Event.FOLLOW_UP_OPENED: "stop",
    Event.FOLLOW_UP_SETTLED: "good",
    Event.ATTEMPT_ANSWERED: "info",
}


def answer_context(file: ResultFile, user: User) -> dict:
    """Everything of the answer's own page, ready to be written down."""
    summary, works = file.summary, is_at_work(file)
    reasons = reason_rows(file)
    figure = figure_to_type(file)
    collected = summary.get("moves", {}).get("succeeded", _NOTHING)["total"]
    waits = file.state == "previewed" and not file.apply_requested_at
    may_import = may(user, Right.IMPORT_RESULT)
    return {
        **answer_head(file),
        "works": works,
        "progress": _progress(file) if works else None,
        "outcomes": _outcome_rows(file),
        "verdicts": _verdict_rows(file),
        "reasons": reasons,
        "missing": _sums(summary.get("missing", _NOTHING)),
        "to_a_person": number(sum(summary.get(verdict, _NOTHING)["count"] for verdict in TO_A_PERSON)),
        "hard": number(sum(row["lines"] for row in reasons if row["hard"])),
        "whole_file": file.head.get("whole_file", ""),
        "findings": file.findings,
        "more_findings": number(max(0, file.faults - len(file.findings))),
        "figure": rupiah(collected) if collected else number(figure),
        "figure_words": in_words(collected) if collected else "",
        "counts_lines": not collected,
        "may_apply": waits and may_import,
        "may_refuse": file.state in ("received", "previewed") and not file.apply_requested_at and may_import,
        "may_upload_again": may_import and file.state == "quarantined" and file.batch.state == "delivered",
        "may_hand_back": may_import and any(summary.get(verdict) for verdict in HANDED_BACK),
        "history": [history_entry(event) for event in queries_results.history_of_answer(file)],
    }


def answer_head(file: ResultFile) -> dict:
    """What every page of an answer opens with."""
    state = RESULT_FILE.state(file.state)
    return {
        "file": file,
        "batch": file.batch,
        "month": Month.parse(file.batch.period).label(),
        "bank": file.profile.bank.name,
        "state": {"label": state.label, "tone": state.tone},
        "format": RESULT_FORMAT[file.format],
        "count": number(file.count),
        "total": rupiah(file.total),
        "faults": number(file.faults),
    }


def is_at_work(file: ResultFile) -> bool:
    """Whether a worker has something to do: then the page looks again by itself."""
    return file.state == "received" or (file.state == "previewed" and file.apply_requested_at is not None)


def reason_rows(file: ResultFile) -> list[dict]:
    """The lines that move and are no success, by what the bank's code means."""
    told = file.summary.get("reasons", [])
    known = queries_results.reasons_of(file.profile_id, (row["code"] for row in told))
    return [
        {
            "outcome": OUTCOME[row["outcome"]],
            "code": row["code"],
            "meaning": meaning_of(row["code"], known),
            "next": known[row["code"]].next_action
            if row["code"] in known
            else "Tanyakan artinya kepada bank.",
            "hard": row["code"] in known and known[row["code"]].hard,
            "known": row["code"] in known,
            "lines": row["count"],
            **_sums(row),
        }
        for row in told
    ]


def meaning_of(code: str, known: dict[str, ReasonCode]) -> str:
    if code in known:
        return known[code].meaning
    return UNKNOWN_CODE if code else "Bank tidak menyebut alasan"


def line_rows(lines: list[ResultLine], profile_id: str) -> list[dict]:
    """Lines of an answer as a list shows them."""
    known = queries_results.reasons_of(profile_id, (line.code for line in lines if line.code))
    return [
        {
            "number": line.number,
            "reference": line.reference or "(kosong)",
            "outcome": OUTCOME[line.outcome],
            "reason": f"{line.code}: {meaning_of(line.code, known)}" if line.code else "",
            "amount": "" if line.amount is None else rupiah(line.amount),
            "asked": rupiah(line.attempt.amount) if line.attempt else "",
            "state": ATTEMPT.state(line.attempt.state).label if line.attempt else "",
            "booked_on": indonesian_date(line.booked_on) if line.booked_on else "",
            "text": line.text,
        }
        for line in lines
    ]


def waiting_rows(lines: list[Attempt]) -> list[dict]:
    """Lines of the batch that the answer says nothing of."""
    return [
        {
            "reference": line.reference,
            "mandate": line.mandate_number,
            "office": line.opd.name,
            "state": ATTEMPT.state(line.state).label,
            "amount": rupiah(line.amount),
        }
        for line in lines
    ]


def batch_answers(batch: Batch, user: User) -> dict:
    """The answers on the batch's page, and whether this person may upload another."""
    rows = [
        {
            "file": file,
            "state": RESULT_FILE.state(file.state),
            "format": RESULT_FORMAT[file.format],
            "count": number(file.count),
            "when": f"{indonesian_date(file.received_at)}, {wib(file.received_at)}",
            "who": file.received_by.full_name,
        }
        for file in queries_results.answers_of(batch)
    ]
    delivered = batch.state in ("delivered", "reconciled", "closed")
    return {
        "rows": rows,
        "shown": delivered,
        "waiting": number(queries_results.count_of_waiting(batch)) if delivered else "",
        "follow_ups": queries_results.open_follow_ups_of(batch) if delivered else 0,
        "may_upload": delivered and bool(batch.profile.results) and may(user, Right.IMPORT_RESULT),
    }


def history_entry(event: AuditEvent) -> dict:
    detail = event.detail
    if detail.get("reason"):
        text = f"Alasan: {detail['reason']}"
    elif "applied" in detail:
        text = f"{number(detail['applied'])} baris dicatat."
    elif "count" in detail:
        text = f"{number(detail['count'])} baris, {rupiah(detail['total'])}."
    elif "lines" in detail:
        text = f"{number(detail['lines'])} baris."
    else:
        text = detail.get("file", "")
    return {
        "title": Event(event.event).label,
        "tone": _TONES.get(Event(event.event), "info"),
        "when": f"{indonesian_date(event.at)}, {wib(event.at)}",
        "who": event.actor_user.full_name if event.actor_user else "Sistem",
        "text": text,
    }


def _progress(file: ResultFile) -> dict | None:
    known = queries.progress_of(file.pk)
    return known and {**known, "text": f"Langkah {known['step']} dari {known['of']}"}


def _outcome_rows(file: ResultFile) -> list[dict]:
    moves = file.summary.get("moves", {})
    return [
        {"label": OUTCOME[outcome], "outcome": outcome, **_sums(moves.get(outcome, _NOTHING))}
        for outcome in ("succeeded", "failed", "returned")
    ]


def verdict_labels(file: ResultFile) -> dict[str, str]:
    """What the lines mean, as said before the answer is applied and after."""
    return {**VERDICT, "applies": _APPLIED} if file.state == "applied" else VERDICT


def _verdict_rows(file: ResultFile) -> list[dict]:
    return [
        {
            "verdict": verdict,
            "label": label,
            "person": verdict in TO_A_PERSON,
            "back": verdict in HANDED_BACK,
            **_sums(file.summary.get(verdict, _NOTHING)),
        }
        for verdict, label in verdict_labels(file).items()
    ]


def _sums(row: dict) -> dict:
    return {"count": number(row["count"]), "total": rupiah(row["total"]), "any": row["count"] > 0}
