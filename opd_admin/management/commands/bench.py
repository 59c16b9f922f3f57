import io
import json
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from autodebit.bench.build import measure_build
from autodebit.bench.collection import CITY, LINES, measure_collection
from autodebit.bench.writer import measure_writer
from opd_admin.bench.figures import Figure, table
from opd_admin.bench.office import queries_by_page
from opd_admin.bench.pages import ROUNDS, measure_pages
from sponsorship.bench import measure_mandate

PARTS = ("mandate", "writer", "build", "collection", "pages")
MANDATES = 20_000
Measurements = dict[str, Callable[[], list[Figure]]]


class Command(BaseCommand):
    help = "Mengukur produk terhadap batas bawah atau pembanding pada saat yang sama; hasilnya di layar dan bench.json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--only", choices=PARTS, help="satu bagian saja; bench.json hanya memuat bagian itu"
        )
        parser.add_argument(
            "--mandates", type=int, default=MANDATES, help="jumlah surat kuasa dalam kumpulan"
        )
        parser.add_argument("--lines", type=int, default=LINES, help="baris satu bulan yang disegel")
        parser.add_argument(
            "--city", type=int, default=CITY, help="baris sebulan seluruh provinsi; 0: tidak diukur"
        )
        parser.add_argument("--rounds", type=int, default=ROUNDS, help="berapa kali setiap halaman dibuka")

    def handle(
        self, *args, only: str | None, mandates: int, lines: int, city: int, rounds: int, **options
    ) -> None:
        """Ends with an error when something could not be measured; a missed goal is only told."""
        if settings.PRODUCTION:
            raise CommandError("Pengukuran membuat orang rekaan. Dalam mode produksi perintah ini ditolak.")
        call_command("demo_state", stdout=io.StringIO())
        measurements: Measurements = {
            "mandate": measure_mandate,
            "writer": measure_writer,
            "build": lambda: measure_build(mandates),
            "collection": lambda: measure_collection(lines, city, look=queries_by_page, say=self._say),
            "pages": lambda: measure_pages(self._say, rounds),
        }
        figures, failed = self._measured([only] if only else PARTS, measurements)
        file = Path(settings.VAR_DIR) / "bench.json"
        file.write_text(json.dumps(figures, indent=1) + "\n")
        self.stdout.write(f"\n{table(figures)}\n\n{file}")
        missed = [figure["name"] for figure in figures if not figure["met"]]
        self.stdout.write(f"{len(figures) - len(missed)} of {len(figures)} goals met.")
        for name in missed:
            self.stdout.write(f"  MISSED: {name}")
        if failed:
            raise CommandError(f"Could not be measured: {', '.join(failed)}.")

    def _say(self, doing: str) -> None:
        self.stdout.write(f"      {time.monotonic() - self.began:4.0f} s  {doing}")
        self.stdout.flush()

    def _measured(self, parts: Sequence[str], measurements: Measurements) -> tuple[list[Figure], list[str]]:
        """The figures of all parts that could be measured, and the names of those that could not."""
        figures: list[Figure] = []
        failed: list[str] = []
        for number, part in enumerate(parts, start=1):
            self.stdout.write(f"[{number}/{len(parts)}] {part}")
            self.stdout.flush()
            self.began = time.monotonic()
            try:
                figures += measurements[part]()
            except Exception as problem:  # whatever it was, the other measurements are still worth having
                failed.append(part)
                self._say(f"not measured: {type(problem).__name__}: {problem}")
            else:
                self._say("done")
        return figures, failed
