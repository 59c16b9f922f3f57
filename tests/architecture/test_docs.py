"""What the pages of README and docs name is there: files, commands, targets and variables."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
EVERY_PAGE = pytest.mark.parametrize("written", PAGES, ids=lambda written: str(written.relative_to(ROOT)))


@EVERY_PAGE
def test_every_link_and_picture_leads_to_a_file(written: Path):
    text = written.read_text(encoding="utf-8")
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", text) + re.findall(r'src="([^"]+)"', text)

    assert [target for target in targets if not (written.parent / target).exists()] == []


@EVERY_PAGE
def test_every_command_and_target_exists(written: Path):
    text = written.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert set(re.findall(r"manage\.py ([a-z_]+)", text)) - set(get_commands()) == set()
    assert set(re.findall(r"`make ([a-z-]+)`", text)) - targets == set()


def test_the_table_of_the_environment_has_every_variable_of_the_example_and_no_other():
    example = re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    table = page.split("\n## Environment\n")[1].split("\n## ")[0]
    named = re.findall(
        r"`([A-Z_]+)`", "".join(row.split("|")[1] for row in table.splitlines() if row.startswith("| `"))
    )

    assert sorted(named) == sorted([*example, "DEBUG", "TEST_COLLECTED_STATIC"])


def test_decisions_are_numbered_without_gap_and_say_context_decision_and_consequences():
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))

    assert [page.name[:4] for page in pages] == [f"{number:04d}" for number in range(1, len(pages) + 1)]
    parts = ("**Context.**", "**Decision.**", "**Consequences.**")
    assert [
        page.name for page in pages if not all(part in page.read_text(encoding="utf-8") for part in parts)
    ] == []
