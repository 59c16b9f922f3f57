"""Reference data of the registry: offices, places, the bank and the city profile.

Loading is idempotent. A row that is there keeps what an administrator made of it, unless `overwrite` says otherwise.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import models, transaction

from registry.actions import audit
from registry.actions.audit import Actor
from registry.models import Bank, City, Kecamatan, Kelurahan, Opd
from registry.rules.events import Event

DATA = Path(__file__).resolve().parent.parent / "data"


@dataclass(frozen=True)
class Loaded:
    """How many rows of one kind were made, changed or left as they are."""

    kind: str
    new: int
    changed: int
    kept: int


def load(*, overwrite: bool, by: Actor, now: datetime, practice_bank: bool = False) -> list[Loaded]:
    """The city profile, its bank, the OPD tree, kecamatan and kelurahan from `registry/data`.

    With `practice_bank` also the made-up second bank. It is not active: nobody is offered it, no month of it is opened
    by the schedule, until an administrator says so.
    """
    banks = ("bank_jateng.json", *(("bank_contoh.json",) if practice_bank else ()))
    with transaction.atomic():
        return [
            load_rows(Opd, "code", _offices(), overwrite=overwrite, by=by, now=now),
            load_rows(Kecamatan, "code", _districts(), overwrite=overwrite, by=by, now=now),
            load_rows(Kelurahan, "code", _wards(), overwrite=overwrite, by=by, now=now),
            load_rows(
                Bank,
                "code",
                [read_json(DATA / name) for name in banks],
                overwrite=overwrite,
                by=by,
                now=now,
            ),
            load_rows(City, "id", [_city()], overwrite=overwrite, by=by, now=now),
        ]


def load_rows(
    model: type[models.Model],
    key: str | tuple[str, ...],
    rows: Iterable[Mapping[str, Any]],
    *,
    overwrite: bool,
    by: Actor,
    now: datetime,
    ours: Mapping[str, Any] | None = None,
) -> Loaded:
    """Creates the rows that are missing, found by `key`. With `overwrite` a row that differs is set to the file's
    words, but only one that matches `ours` (where an office keeps rows of its own). One journal line per kind."""
    keys = (key,) if isinstance(key, str) else key
    known = {tuple(getattr(row, name) for name in keys): row for row in model._default_manager.all()}
    counts: Counter[str] = Counter()
    for values in rows:
        row = known.get(tuple(values[name] for name in keys))
        if row is None:
            row = model(**values)
            row.save(force_insert=True)
            known[tuple(values[name] for name in keys)] = row
            counts["new"] += 1
            continue
        differing = [name for name, value in values.items() if getattr(row, name) != value]
        mine = all(getattr(row, name) == value for name, value in (ours or {}).items())
        if overwrite and differing and mine:
            for name in differing:
                setattr(row, name, values[name])
            row.save(update_fields=[model._meta.get_field(name).name for name in differing])
            counts["changed"] += 1
        else:
            counts["kept"] += 1
    loaded = Loaded(str(model._meta.verbose_name), counts["new"], counts["changed"], counts["kept"])
    if loaded.new or loaded.changed:
        audit.record(
            event=Event.REFERENCE_LOADED, about=row, by=by, now=now, new=loaded.new, changed=loaded.changed
        )
    return loaded


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def _offices() -> Iterable[dict[str, Any]]:
    """Parents stand before their units in the file; a parent is looked up once it exists."""
    for row in read_csv(DATA / "semarang_opd.csv"):
        parent = Opd.objects.get(code=row["induk"]).pk if row["induk"] else None
        yield {
            "code": row["kode"],
            "name": row["nama"],
            "abbreviation": row["singkatan"],
            "kind": row["jenis"],
            "parent_id": parent,
        }


def _districts() -> list[dict[str, Any]]:
    names = {row["kode_kecamatan"]: row["kecamatan"] for row in read_csv(DATA / "semarang_kelurahan.csv")}
    return [{"code": code, "name": name} for code, name in names.items()]


def _wards() -> list[dict[str, Any]]:
    return [
        {"code": row["kode_kelurahan"], "name": row["kelurahan"], "kecamatan_id": row["kode_kecamatan"]}
        for row in read_csv(DATA / "semarang_kelurahan.csv")
    ]


def _city() -> dict[str, Any]:
    profile = read_json(DATA / "city_semarang.json")
    contact, coverage = profile["help"], profile["coverage"]
    plain = (
        "name", "government", "programme", "office", "office_opd_code", "region_prefix", "cutoff_working_days",
        "cutoff_hour", "draft_days", "ceiling_factor", "meterai_required", "age_limit", "niks_per_day",
    )  # fmt: skip
    return {
        "id": 1,
        "bank_id": read_json(DATA / "bank_jateng.json")["code"],
        **{name: profile[name] for name in plain},
        **{f"help_{name}": contact[name] for name in ("phone", "whatsapp", "email", "hours")},
        "workers_total": coverage["workers"],
        "workers_covered": coverage["covered"],
        "coverage_target": Decimal(str(coverage["target_percent"])),
        "coverage_source": coverage["source"],
    }


def record_change(
    *, before: models.Model | None, after: models.Model | None, names: Iterable[str], by: Actor, now: datetime
) -> None:
    """Writes what an administrator changed: each changed column with its words before and after.

    `before` is None for a new row, `after` for a deleted one. Sealed and unknown names are passed over.
    """
    about = after if after is not None else before
    plain = {field.name for field in about._meta.concrete_fields if field.editable}
    changes = {name: [_words(before, name), _words(after, name)] for name in names if name in plain}
    audit.record(event=Event.REFERENCE_CHANGED, about=about, by=by, now=now, changes=changes)


def _words(row: models.Model | None, name: str) -> str | None:
    if row is None:
        return None
    value = getattr(row, row._meta.get_field(name).attname)
    return None if value is None else str(value)
