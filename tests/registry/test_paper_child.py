"""Looking at kept papers in a process of its own: what is measured, what the QR says, and what stops at a limit."""

import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from registry import looking
from registry.looking import look
from registry.rules.documents import Limits
from tests import photos

pytestmark = pytest.mark.real_papers

CODE = "SK1:7K3M-9Q2X-01C:1:0f1e2d3c4b5a6978"
LIMITS = Limits(max_pages=10)


def looked(data: bytes, content_type: str = "image/jpeg", codes: bool = True, limits: Limits = LIMITS):
    return look(data, content_type, codes=codes, limits=limits)


@pytest.fixture(scope="module")
def last_sheet():
    """The page with the code, photographed."""
    return photos.noisy(photos.on_table(photos.lit(photos.sheets(photos.mandate_pdf())[-1], (222, 218, 208))))


def test_a_photo_is_measured_and_its_code_read(last_sheet):
    [page] = looked(photos.jpeg(last_sheet))
    assert (page.width, page.height) == last_sheet.size
    assert page.codes == (CODE,)
    assert page.sharpness > 0.7 and page.tilt == 0 and page.edge_ink == 0


def test_each_page_of_a_pdf_is_looked_at_and_only_the_last_carries_the_code():
    pages = looked(photos.mandate_pdf(), "application/pdf")
    assert [page.codes for page in pages] == [(), (CODE,)]
    assert {max(page.width, page.height) for page in pages} == {2000}


def test_codes_are_not_read_where_nobody_asks_for_them(last_sheet):
    assert looked(photos.jpeg(last_sheet), codes=False)[0].codes == ()


HARD = [
    *((f"turned {by} degrees", lambda p, by=by: photos.turned(p, by)) for by in (1, 3, -5, 8, 12, 90, 180)),
    ("from the side", photos.from_the_side),
    ("from far to the side", lambda p: photos.from_the_side(p, 0.12)),
    ("blurred by 1", lambda p: photos.blurred(p, 1)),
    ("blurred by 1.5", lambda p: photos.blurred(p, 1.5)),
    ("blurred by 3", lambda p: photos.blurred(p, 3)),
    ("turned and blurred", lambda p: photos.blurred(photos.turned(p, 6), 1)),
    ("light from one side", photos.shaded),
    ("dark", lambda p: photos.lit(p, (70, 70, 70))),
    ("grey", lambda p: p.convert("L").convert("RGB")),
    ("grainy", lambda p: photos.noisy(p, 14)),
    ("lamp beside the code", lambda p: photos.glaring(p, 0.7, 0.4, 0.1)),
]  # fmt: skip


def test_the_code_is_read_from_crooked_soft_and_dim_photos_at_jpeg_40(last_sheet, capsys):
    read = {name: photos.child().codes_of(photos.as_sent(spoil(last_sheet), 40)) for name, spoil in HARD}
    missed = [name for name, codes in read.items() if codes != [CODE]]
    with capsys.disabled():
        print(
            f"\nQR read on {len(HARD) - len(missed)} of {len(HARD)} spoiled photos; missed: {', '.join(missed)}"
        )
    assert all(codes in ([], [CODE]) for codes in read.values())  # none is ever read wrongly
    assert set(missed) <= {"blurred by 3", "blurred by 1.5"}


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"", "image/jpeg"),
        (b"\xff\xd8\xff\xe0" + b"x" * 5000, "image/jpeg"),
        (b"%PDF-1.7\nrubbish\n%%EOF", "application/pdf"),
        (b"<svg/>", "image/svg+xml"),
    ],
)
def test_what_cannot_be_decoded_cannot_be_looked_at(data, content_type):
    assert looked(data, content_type) is None


def test_a_cut_off_photo_cannot_be_looked_at(last_sheet):
    data = photos.jpeg(last_sheet)
    assert looked(data[: len(data) // 2]) is None


def test_a_child_short_of_memory_or_time_ends_without_an_answer(last_sheet):
    data = photos.jpeg(last_sheet.resize((5000, 6600)))
    assert looked(data, limits=Limits(memory=150 << 20)) is None


def test_a_child_that_is_killed_ends_without_an_answer(monkeypatch, tmp_path, last_sheet):
    suicidal = tmp_path / "child.py"
    suicidal.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    monkeypatch.setattr(looking, "_CHILD", suicidal)
    assert looked(photos.jpeg(last_sheet)) is None


def test_nothing_seen_is_logged_or_left_behind(monkeypatch, tmp_path, caplog, last_sheet):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else set()
    with caplog.at_level(logging.DEBUG):
        assert looked(photos.jpeg(last_sheet))[0].codes
        assert looked(b"rubbish") is None
    assert "7K3M" not in caplog.text
    assert list(tmp_path.iterdir()) == []
    if before:
        assert set(os.listdir("/proc/self/fd")) == before


def test_no_decoder_is_loaded_into_the_calling_process():
    program = (
        "import sys; from registry.looking import look; from registry.rules.documents import Limits;"
        "assert look(sys.stdin.buffer.read(), 'image/jpeg', codes=True, limits=Limits());"
        "print([name for name in ('PIL', 'pypdfium2', 'zxingcpp') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=photos.jpeg(photos.card()),
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
    )
    assert done.stdout.strip() == b"[]"
