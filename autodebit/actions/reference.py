"""Reference data of the collection: how each bank wants its debit files, and what its answers mean."""

from datetime import datetime
from pathlib import Path
from typing import Any

from autodebit.models import BankProfile
from registry.actions.audit import Actor
from registry.actions.reference import Loaded, load_rows, read_json

DATA = Path(__file__).resolve().parent.parent / "data"


def load(*, overwrite: bool, by: Actor, now: datetime) -> list[Loaded]:
    """The profile of each bank with a file in `autodebit/data`; the bank itself belongs to the registry."""
    return [load_rows(BankProfile, "bank_id", [_profile()], overwrite=overwrite, by=by, now=now)]


def _profile() -> dict[str, Any]:
    data = read_json(DATA / "bank_jateng_profile.json")
    return {
        "bank_id": data["code"],
        "layouts": data["formats"],
        "results": data.get("results", {}),
        "statements": data.get("statements", {}),
        "max_lines": data.get("max_lines", 50_000),
        # Made up until the bank opens the programme's account; an administrator enters the real ones.
        "creditor_name": data.get("creditor", {}).get("name", "GERAKAN ASN PEDULI CONTOH"),
        "creditor_account": data.get("creditor", {}).get("account", "0000000001"),
        "creditor_id": data.get("creditor", {}).get("id", "ASNPEDULI-CONTOH"),
        "note": data["note"],
    }
