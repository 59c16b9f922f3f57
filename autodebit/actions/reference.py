"""Reference data of the collection: how each bank wants its debit files, and what its answers mean."""

from datetime import datetime
from pathlib import Path

from autodebit.actions.profiles import revise
from autodebit.formats.profile import REASON_KEYS, Content
from autodebit.models import BankProfile, ReasonCode
from autodebit.queries_profile import content_of_profile
from registry.actions.audit import Actor
from registry.actions.reference import Loaded, read_json
from registry.rules.finding import Finding

DATA = Path(__file__).resolve().parent.parent / "data"
_FILES = ("bank_jateng_profile.json",)
_PRACTICE_FILES = ("bank_contoh_profile.json",)

# Made up until the bank opens the programme's account; an administrator enters the real ones.
_CREDITOR = {"name": "GERAKAN ASN PEDULI CONTOH", "account": "0000000001", "id": "ASNPEDULI-CONTOH"}


class ReferenceFault(Exception):
    """A data file that came with the product holds a profile that nobody could use."""


def load(*, overwrite: bool, by: Actor, now: datetime, practice_bank: bool = False) -> list[Loaded]:
    """The profile of each bank with a file in `autodebit/data`; the bank itself belongs to the registry.

    A profile that has a history is left as it is, unless `overwrite`. One from before there was a history keeps its
    layouts and gets what it lacks: answers, statements, reason codes, and revision 1. Raises ReferenceFault.
    """
    before = {row.pk: row.revision for row in BankProfile.objects.all()}
    codes = ReasonCode.objects.count()
    for name in (*_FILES, *(_PRACTICE_FILES if practice_bank else ())):
        data = read_json(DATA / name)
        _load(data["code"], content_of_file(data), overwrite, by, now)
    after = {row.pk: row.revision for row in BankProfile.objects.all()}
    new = len(after) - len(before)
    changed = sum(after[bank] != revision for bank, revision in before.items())
    now_there = ReasonCode.objects.count()
    return [
        Loaded("profil bank", new, changed, len(before) - changed),
        Loaded("kode jawaban bank", max(0, now_there - codes), 0, min(codes, now_there)),
    ]


def content_of_file(data: dict) -> Content:
    """A data file as the content of a profile (autodebit.formats.profile)."""
    creditor = {**_CREDITOR, **data.get("creditor", {})}
    return {
        "layouts": data["formats"],
        "results": data["results"],
        "statements": data["statements"],
        "max_lines": data["max_lines"],
        **{f"creditor_{name}": creditor[name] for name in _CREDITOR},
        "note": data["note"],
        "reasons": [{key: reason[key] for key in REASON_KEYS} for reason in data["reasons"]],
    }


def _load(bank_id: str, content: Content, overwrite: bool, by: Actor, now: datetime) -> None:
    there = BankProfile.objects.filter(bank_id=bank_id).first()
    if there is not None and there.revision and not overwrite:
        return
    if there is not None and not overwrite:
        kept = content_of_profile(there)
        content = {**kept, **{key: content[key] for key in content if not kept[key]}}
    done = revise(bank_id=bank_id, content=content, by=by, now=now)
    if isinstance(done, Finding):
        raise ReferenceFault(f"{bank_id}: {done.message}")
