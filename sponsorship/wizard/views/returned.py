"""What the office said when it gave a registration back, as a list of things to do."""

from datetime import datetime

from django.urls import reverse

from registry.rules.documents import DocumentKind, ReturnReason
from sponsorship.models import Registration
from sponsorship.rules.months import indonesian_date

# Reasons that the donor may also repair in the answers, and the step that holds them.
_IN_ANSWERS = {
    ReturnReason.NAME_DIFFERS: ("diri", "Ubah nama saya"),
    ReturnReason.ACCOUNT_DIFFERS: ("rekening", "Ubah nomor rekening"),
}


def return_reasons(registration: Registration) -> dict | None:
    """The latest note: per paper its name, the reasons with advice, and the links that lead straight to the repair."""
    note = registration.return_notes.first()
    return as_told(note.reasons, note.note, note.at) if note else None


def as_told(reasons: dict[str, list[str]], note: str, at: datetime) -> dict:
    """What a donor reads of one note, ready for `sponsorship/returned.html`; the office previews the same."""
    return {"note": note, "when": indonesian_date(at), "papers": [_paper(*each) for each in reasons.items()]}


def _paper(kind: str, codes: list[str]) -> dict:
    reasons = [ReturnReason(code) for code in codes]
    answers = {_IN_ANSWERS[reason] for reason in reasons if reason in _IN_ANSWERS}
    return {
        "kind": kind,
        "name": DocumentKind(kind).label,
        "reasons": [{"label": reason.label, "advice": reason.advice} for reason in reasons],
        "upload_url": f"{reverse('wizard_unggah')}#{kind}",
        "answer_links": [(reverse(f"wizard_{slug}"), label) for slug, label in sorted(answers)],
    }
