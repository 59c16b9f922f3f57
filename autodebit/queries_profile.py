"""Reading bank profiles: the content as one value, and the history with what each revision changed."""

from autodebit.formats.profile import REASON_KEYS, Change, Content, differences
from autodebit.models import BankProfile, ProfileRevision

# The columns of the profile that a revision keeps; the reason codes are rows of their own.
COLUMNS = (
    "layouts",
    "results",
    "statements",
    "max_lines",
    "creditor_name",
    "creditor_account",
    "creditor_id",
    "note",
)


def content_of_profile(profile: BankProfile) -> Content:
    """The profile with its reason codes, as a revision keeps it."""
    reasons = [dict(zip(REASON_KEYS, row, strict=True)) for row in profile.reasons.values_list(*REASON_KEYS)]
    return {
        **{name: getattr(profile, name) for name in COLUMNS},
        "reasons": sorted(reasons, key=lambda row: row["code"]),
    }


def history_of_profile(profile: BankProfile) -> list[tuple[ProfileRevision, list[Change]]]:
    """Every revision, the newest first, with what it changed against the one before; the first changed nothing."""
    revisions = list(profile.revisions.select_related("by"))
    older = [*revisions[1:], None]
    return [
        (revision, differences(before.content, revision.content) if before else [])
        for revision, before in zip(revisions, older, strict=True)
    ]
