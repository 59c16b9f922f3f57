"""Looking at a kept paper: plain numbers about each of its pages, measured in a child process under hard limits
(registry/paper_child.py). This process never decodes it; nothing is written to disk, and nothing seen is logged."""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.intake import ask_child
from registry.rules.documents import Limits

logger = logging.getLogger(__name__)

_CHILD = Path(__file__).with_name("paper_child.py")
_FORMATS = {"image/jpeg": "jpeg", "application/pdf": "pdf"}


@dataclass(frozen=True)
class PageLook:
    """What was measured on one page (see paper_child.look_at for each number), and the texts of its QR codes."""

    width: int
    height: int
    paper: int
    ink: int
    burnt: float
    typical: int
    filled: float
    sharpness: float
    edge_ink: float
    tilt: int
    codes: tuple[str, ...] = ()


def look(data: bytes, content_type: str, *, codes: bool, limits: Limits) -> list[PageLook] | None:
    """The pages of a paper of ours (JPEG or PDF) in their order; None when it cannot be looked at.

    Takes at most `limits.seconds`. `codes`: whether QR codes are wanted.
    """
    file_format = _FORMATS.get(content_type)
    if file_format is None:
        return None
    job: dict[str, Any] = {
        "format": file_format,
        "codes": codes,
        "max_pages": limits.max_pages,
        "seconds": limits.seconds,
        "memory": limits.memory,
    }
    answer, _ = ask_child(_CHILD, job, data)
    if "refused" in answer:
        logger.info("a kept paper could not be looked at: %s", answer["refused"])
        return None
    return [PageLook(**{**page, "codes": tuple(page["codes"])}) for page in answer["pages"]]
