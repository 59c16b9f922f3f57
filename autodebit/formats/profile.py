"""A bank profile as one value: what it must hold, its one canonical form, and how two of them differ.

{"layouts", "results", "statements": {format: layout}, "max_lines", "creditor_name", "creditor_account", "creditor_id",
 "note", "reasons": [{"code", "meaning", "donor_text", "owner", "next_action", "retryable", "hard"}, ...]}
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from autodebit.formats import FORMATS, RESULTS, STATEMENTS
from registry.rules.finding import Finding

Content = dict[str, Any]

TEXTS = {"creditor_name": 70, "creditor_account": 34, "creditor_id": 35}
KEYS = frozenset(("layouts", "results", "statements", "max_lines", *TEXTS, "note", "reasons"))
REASON_TEXTS = {"meaning": 120, "donor_text": 300, "next_action": 200}
REASON_KEYS = ("code", *REASON_TEXTS, "owner", "retryable", "hard")
OWNERS = ("donor", "office", "bank", "opd")
MOST_LINES = 1_000_000
_CODE = re.compile(r"[A-Z0-9]{1,10}")
_REGISTERS: dict[str, dict[str, ModuleType]] = {
    "layouts": FORMATS,
    "results": RESULTS,
    "statements": STATEMENTS,
}
_UNSUCCESSFUL = ("failed", "returned")


@dataclass(frozen=True)
class Change:
    """One value that differs: where it stands (names from the outside in), and its words before and after.

    None: it was not there before, or is not there any more.
    """

    path: tuple[str, ...]
    before: str | None
    after: str | None


def profile_findings(content: Content) -> list[Finding]:
    """Everything that keeps this profile from being used; `field` is the key it is about."""
    if set(content) != KEYS:
        return [_fault("layouts", "Profil bank memuat: " + ", ".join(sorted(KEYS)) + ".")]
    found = list(_text_findings(content))
    for key, register in _REGISTERS.items():
        found += layouts_findings(key, content.get(key), register)
    lines = content.get("max_lines")
    if not isinstance(lines, int) or isinstance(lines, bool) or not 1 <= lines <= MOST_LINES:
        found.append(_fault("max_lines", f"Baris terbanyak per berkas adalah 1 sampai {MOST_LINES}."))
    found += reasons_findings(content.get("reasons"))
    return found or list(_together_findings(content))


def layouts_findings(
    key: str, layouts: object, register: dict[str, ModuleType] | None = None
) -> list[Finding]:
    """Faults of the layouts under one key, each asked of its own format. Something must be sent; answers and statements
    may still be unknown."""
    register = _REGISTERS[key] if register is None else register
    if not isinstance(layouts, dict) or (key == "layouts" and not layouts):
        return [_fault(key, "Isi dengan objek JSON: nama bentuk berkas dan tata letaknya.")]
    found = []
    for name, layout in layouts.items():
        if name not in register or not isinstance(layout, dict):
            text = f"Bentuk berkas {name} tidak dikenal, atau tata letaknya bukan objek JSON."
            found.append(_fault(key, text))
            continue
        found += [_fault(key, f"{name}: {fault.message}") for fault in register[name].layout_findings(layout)]
    return found


def reasons_findings(reasons: object) -> list[Finding]:
    """Faults of the table of reason codes (field "reasons")."""
    if not isinstance(reasons, list):
        return [_fault("reasons", "Kode jawaban bank adalah sebuah daftar.")]
    found = [fault for reason in reasons for fault in _reason_findings(reason)]
    codes = Counter(reason.get("code") for reason in reasons if isinstance(reason, dict))
    found += [_fault("reasons", f"Kode {code} ada dua kali.") for code, times in codes.items() if times > 1]
    return found


def canonical(content: Content) -> str:
    """The content as text, the same for the same content: what its SHA-256 is of."""
    ordered = {**content, "reasons": sorted(content["reasons"], key=lambda reason: reason["code"])}
    return json.dumps(ordered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def differences(before: Content, after: Content) -> list[Change]:
    """Every value that differs, in the order of its path; reason codes are found by their code, columns by place."""
    old, new = dict(_leaves(_by_code(before))), dict(_leaves(_by_code(after)))
    return [
        Change(path, old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys(), key=_reading_order)
        if old.get(path) != new.get(path)
    ]


def _fault(key: str, message: str) -> Finding:
    return Finding("profile_fault", message, key)


def _text_findings(content: Content) -> Iterator[Finding]:
    for key, most in TEXTS.items():
        text = content.get(key)
        if not isinstance(text, str) or not 1 <= len(text.strip()) <= most:
            yield _fault(key, f"Isi bagian ini, paling banyak {most} huruf.")
    if not isinstance(content["note"], str):
        yield _fault("note", "Catatan adalah tulisan biasa.")


def _reason_findings(reason: object) -> Iterator[Finding]:
    if not isinstance(reason, dict) or set(reason) != set(REASON_KEYS):
        yield _fault("reasons", "Setiap kode memuat: " + ", ".join(REASON_KEYS) + ".")
        return
    code = reason["code"]
    if not isinstance(code, str) or not _CODE.fullmatch(code):
        yield _fault("reasons", f"Kode {str(code)[:20]}: pakai huruf besar dan angka, 1 sampai 10.")
        return
    for key, most in REASON_TEXTS.items():
        if not isinstance(reason[key], str) or not 1 <= len(reason[key].strip()) <= most:
            yield _fault("reasons", f"Kode {code}: {key} berisi 1 sampai {most} huruf.")
    if reason["owner"] not in OWNERS:
        yield _fault("reasons", f"Kode {code}: giliran adalah salah satu dari {', '.join(OWNERS)}.")
    if not all(isinstance(reason[key], bool) for key in ("retryable", "hard")):
        yield _fault("reasons", f"Kode {code}: retryable dan hard adalah true atau false.")
    elif reason["retryable"] and reason["hard"]:
        text = f"Kode {code}: surat kuasa yang ditangguhkan tidak dicoba lagi; pilih salah satu."
        yield _fault("reasons", text)


def _together_findings(content: Content) -> Iterator[Finding]:
    """What only shows when the parts are sound: files of one name, and refusals nobody could explain to a donor."""
    names = Counter(layout.get("file_name") for layout in content["layouts"].values())
    for name, times in names.items():
        if times > 1:
            yield _fault(
                "layouts", f"Dua bentuk berkas memakai nama {name}; setiap bentuk perlu nama sendiri."
            )
    explained = {reason["code"] for reason in content["reasons"]}
    for form, layout in content["results"].items():
        for word in sorted(_bare_codes(layout) - explained):
            yield _fault("reasons", f"{form}: status {word} belum dijelaskan di kode jawaban bank.")


def _bare_codes(layout: Mapping[str, Any]) -> set[str]:
    """Status words that serve as the reason code, because the file has no column for one."""
    columns = layout.get("columns", ())
    if not columns or any(column.get("source") == "code" for column in columns):
        return set()
    outcomes: Mapping[str, str] = layout.get("outcomes", {})
    return {word.upper() for word, outcome in outcomes.items() if outcome in _UNSUCCESSFUL and word != "*"}


def _by_code(content: Content) -> Content:
    codes = {
        reason["code"]: {key: value for key, value in reason.items() if key != "code"}
        for reason in content.get("reasons", ())
    }
    return {**content, "reasons": codes}


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    parts: Iterator[tuple[str, Any]] | None = None
    if isinstance(value, Mapping) and value:
        parts = ((str(key), part) for key, part in value.items())
    elif isinstance(value, list) and value:
        parts = ((str(number), part) for number, part in enumerate(value, start=1))
    if parts is None:
        yield path, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return
    for key, part in parts:
        yield from _leaves(part, (*path, key))


def _reading_order(path: tuple[str, ...]) -> tuple[tuple[int, str], ...]:
    """Places in a list by their number, not by their digits."""
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in path)
