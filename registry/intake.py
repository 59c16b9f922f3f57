"""Intake of uploaded papers: a file from outside becomes a clean JPEG or PDF of ours, or a sentence that helps.

The file is decoded in a child process under hard limits (registry/intake_child.py); this process never parses it
beyond its first bytes. Nothing is written to disk: input and output live in anonymous memory and vanish with it.
"""

import hashlib
import io
import json
import logging
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from registry.rules.documents import Limits, Paper, limits_for, note, refusal, sniff
from registry.rules.finding import Finding

logger = logging.getLogger(__name__)

_CHILD = Path(__file__).with_name("intake_child.py")
_LARGEST_ANSWER = 96 * 1024 * 1024


@dataclass(frozen=True)
class Accepted:
    """`data` is the only form worth keeping: upright JPEG (longer side at most 3000 px) or a rewritten PDF.

    `pages` are JPEG pictures for the screen, longer side at most 1600 px, at most 250 KB each; `sha256` is of
    `data`.
    """

    data: bytes
    content_type: str
    pages: tuple[bytes, ...]
    sha256: str
    notes: tuple[Finding, ...] = ()

    @property
    def page_count(self) -> int:
        return len(self.pages)


@dataclass(frozen=True)
class Refused:
    finding: Finding


def inspect(source: Path | bytes | BinaryIO, kind: Paper, limits: Limits | None = None) -> Accepted | Refused:
    """Decode, clean and picture one file. Takes at most `limits.seconds`; raises only when `source` cannot be read."""
    limits = limits or limits_for(kind)
    data = _read(source, limits.max_bytes + 1)
    if not data:
        return Refused(refusal("empty", kind, limits))
    if len(data) > limits.max_bytes:
        return Refused(refusal("too_large", kind, limits))
    file_format = sniff(data[:32])
    if file_format is None:
        return Refused(refusal("wrong_type", kind, limits, head=data[:64]))
    answer, parts = _decode(data, file_format, limits)
    if "refused" in answer:
        logger.info("intake refused a %s: %s %s", file_format, answer["refused"], answer.get("problem", ""))
        return Refused(refusal(answer["refused"], kind, limits))
    return Accepted(
        data=parts[0],
        content_type="application/pdf" if file_format == "pdf" else "image/jpeg",
        pages=tuple(parts[1:]),
        sha256=hashlib.sha256(parts[0]).hexdigest(),
        notes=tuple(note(code, kind) for code in answer["notes"]),
    )


def _read(source: Path | bytes | BinaryIO, at_most: int) -> bytes:
    if isinstance(source, Path):
        with source.open("rb") as file:
            return file.read(at_most)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source[:at_most])
    source.seek(0)
    return source.read(at_most)


def _decode(data: bytes, file_format: str, limits: Limits) -> tuple[dict[str, Any], list[bytes]]:
    job = {
        "format": file_format,
        "max_pixels": limits.max_pixels,
        "max_pages": limits.max_pages,
        "seconds": limits.seconds,
        "memory": limits.pdf_memory if file_format == "pdf" else limits.memory,
    }
    return ask_child(_CHILD, job, data)


def ask_child(script: Path, job: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """What a script makes of `data` in a process of its own: its line of JSON and the parts it announced. A child that
    dies or takes longer than `job["seconds"]` answers {"refused": code}."""
    with unnamed_file() as given, unnamed_file() as answered:
        given.write(data)
        given.seek(0)
        child = subprocess.Popen(
            [sys.executable, "-I", "-B", str(script), json.dumps(job)],
            stdin=given,
            stdout=answered,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
        )
        try:
            code = child.wait(timeout=job["seconds"])
        except subprocess.TimeoutExpired:
            return {"refused": "timeout"}, []
        finally:
            child.kill()
            child.wait()
        return _answer(answered, code)


def _answer(answered: BinaryIO, code: int) -> tuple[dict[str, Any], list[bytes]]:
    """Read what the child left. A child that died has met a limit or a fault in a decoder."""
    size = answered.seek(0, io.SEEK_END)
    answered.seek(0)
    if code != 0 or size > _LARGEST_ANSWER:
        logger.warning("intake child ended with %s and %s bytes", code, size)
        return {"refused": "timeout" if code in (-14, -24) else "too_heavy"}, []
    answer = json.loads(answered.readline())
    parts = [answered.read(length) for length in answer.get("sizes", ())]
    return answer, parts


def unnamed_file() -> BinaryIO:
    """A file without a name, in memory where the system can (Linux), so that no scan is ever left lying about."""
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("intake"), "w+b")
    return tempfile.TemporaryFile()
