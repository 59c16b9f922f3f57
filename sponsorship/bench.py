"""What printing a mandate costs, as ratios against a plain WeasyPrint call measured in the same run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import weasyprint.pdf.fonts
from weasyprint import CSS, HTML

from sponsorship.printing import (
    TYPEFACE_FILE,
    WEIGHTS,
    MandateSheet,
    WorkerLine,
    font_face,
    mandate_css,
    mandate_html,
    render_mandate,
)

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
WARM_CALLS = 4
SIZE_BUDGET_KB = 60.0
SIZE_BUDGET_WORKERS = 10


def measure_mandate() -> list[dict[str, Any]]:
    """Time per warm page in ms and size in kB of the mandate.

    The peer is a plain call of the same HTML and style sheet, in a fresh process without the HarfBuzz subsetter,
    imports not counted; its second call tells how much of the difference is only the first call's preparation.
    Both take turns, and the least disturbed of each counts (processor time of this process).
    """
    sheet = example_sheet()
    render_mandate(sheet)
    pages = len(pypdfium2.PdfDocument(render_mandate(sheet)))
    warm, first, second = [], [], []
    for _ in range(ROUNDS):
        plain = _plain_calls_in_a_fresh_process()
        first.append(plain[0] / pages)
        second.append(plain[1] / pages)
        warm += [_milliseconds(lambda: render_mandate(sheet)) / pages for _ in range(WARM_CALLS)]
    size = len(render_mandate(example_sheet(SIZE_BUDGET_WORKERS))) / 1000
    return [
        _faster("mandate PDF, warm, per page", min(warm), min(first), goal=3.0),
        _faster("mandate PDF, warm, per page, against a warm plain call", min(warm), min(second), goal=1.0),
        {
            "name": f"mandate PDF, {SIZE_BUDGET_WORKERS} workers",
            "value": round(size, 1),
            "unit": "kB",
            "against": SIZE_BUDGET_KB,
            "ratio": round(size / SIZE_BUDGET_KB, 2),
            "goal": "<= 1",
            "met": size <= SIZE_BUDGET_KB,
        },
    ]


def plain_calls() -> list[float]:
    """Milliseconds of the first and the second plain call. Switches the subsetter off for the whole process."""
    weasyprint.pdf.fonts.harfbuzz_subset = None
    html = mandate_html(example_sheet())
    css = "".join(font_face(TYPEFACE_FILE.as_uri(), str(weight)) for weight in WEIGHTS) + mandate_css()

    def call() -> None:
        fonts = weasyprint.text.fonts.FontConfiguration()
        sheet = CSS(string=css, font_config=fonts)
        HTML(string=html).write_pdf(
            stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/a-2b", pdf_tags=True
        )

    return [_milliseconds(call), _milliseconds(call)]


def _plain_calls_in_a_fresh_process() -> list[float]:
    code = "import json; from sponsorship.bench import plain_calls; print(json.dumps(plain_calls()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    return [float(milliseconds) for milliseconds in json.loads(done.stdout)]


def _milliseconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return (time.process_time() - start) * 1000


def _faster(name: str, value: float, against: float, *, goal: float) -> dict[str, Any]:
    """A figure where the ratio says how many times faster than the peer it is."""
    ratio = against / value
    return {
        "name": name,
        "value": round(value, 1),
        "unit": "ms",
        "against": round(against, 1),
        "ratio": round(ratio, 2),
        "goal": f">= {goal:g}",
        "met": ratio >= goal,
    }


def example_sheet(workers: int = 1) -> MandateSheet:
    """A made-up mandate with discount, for figures and pictures."""
    lines = tuple(
        WorkerLine(
            name=f"Contoh Siti Aminah {row}" if row > 1 else "Contoh Siti Aminah",
            nik=f"3374 0155 0280 9{row:03d}",
            occupation="Pedagang kecil",
            kelurahan="Pasar Contoh, Kel. Sekayu",
            programme="JKK dan JKM",
            base_income=1_000_000,
            amount_now=8_400,
            amount_full=16_800,
        )
        for row in range(1, workers + 1)
    )
    return MandateSheet(
        reference="7K3M-9Q2X-01C",
        number="SK/2026/11/000123",
        version=1,
        text_version="2026-1",
        government="Pemerintah Kota Semarang",
        programme="Gerakan ASN Peduli Pekerja Rentan",
        office="Dinas Tenaga Kerja Kota Semarang",
        help_phone="(024) 000-0000",
        help_hours="Senin–Jumat 08.00–15.00 WIB",
        bank="Bank Jateng",
        bank_legal_name="PT Bank Pembangunan Daerah Jawa Tengah",
        creditor="Dinas Tenaga Kerja Kota Semarang",
        place="Semarang",
        printed_on=date(2026, 11, 20),
        donor_name="Contoh Budi Santoso, S.E.",
        nip="19800101 200501 1 001",
        nip_label="NIP",
        position="Analis Kebijakan Ahli Muda",
        opd="Dinas Komunikasi, Informatika, Statistik dan Persandian",
        contact_label="Nomor ponsel",
        contact="0812-0000-0001",
        account="0000 0000 01",
        account_holder="CONTOH BUDI SANTOSO",
        workers=lines,
        amount_now=8_400 * workers,
        discount_until="Desember 2026",
        ceiling=33_600 * workers,
        start_month="Desember 2026",
        cutoff_working_days=3,
        cutoff_hour=16,
        meterai_required=True,
        qr_text="SK1:7K3M-9Q2X-01C:1:0f1e2d3c4b5a6978",
        consent="Saya memberi persetujuan atas keinginan sendiri.",
    )
