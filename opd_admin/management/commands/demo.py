import contextlib
import io
import os
import random
import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from autodebit import verify_pack
from opd_admin.management.commands.check_invariants import all_checks
from opd_admin.tour.browser import TourStopped
from opd_admin.tour.month import MonthTour
from opd_admin.tour.people import fresh_donor
from registry.checks import count_of


class Command(BaseCommand):
    help = "Memainkan satu bulan penuh lewat HTTP pada produk yang sedang berjalan; hasilnya di var/demo/."

    def handle(self, *args, **options) -> None:
        base_url = os.environ.get("BASE_URL", settings.BASE_URL)
        folder = Path(settings.VAR_DIR) / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        tour = MonthTour(base_url, fresh_donor(random.SystemRandom()), folder)
        self.began, self.lines = time.monotonic(), []
        self.steps = len(tour.plan()) + 2
        try:
            for title, outcome in tour.steps():
                self._say(title, outcome)
        except TourStopped as problem:
            raise CommandError(f"Berhenti: {problem}") from problem
        self._say("Paket audit diperiksa tanpa basis data (verify_pack)", packs_hold(tour))
        self._say("Invarian dihitung pada basis data yang hidup", invariants_hold())
        (folder / "laporan.md").write_text(report(tour, self.lines, time.monotonic() - self.began))
        self.stdout.write(f"\nSelesai. Hasilnya di {folder}:")
        for file in sorted(folder.iterdir()):
            self.stdout.write(f"  {file.name}  {file.stat().st_size} byte")

    def _say(self, title: str, outcome: str) -> None:
        self.lines.append(f"{title}: {outcome}")
        number = len(self.lines)
        bar = "█" * (20 * number // self.steps) + "·" * (20 - 20 * number // self.steps)
        clock = f"{time.monotonic() - self.began:5.1f} s"
        self.stdout.write(f"{bar} {clock} [{number:2}/{self.steps}] {self.lines[-1]}")
        self.stdout.flush()


def packs_hold(tour: MonthTour) -> str:
    """Every audit pack of the tour, judged by the file alone. Raises CommandError."""
    for name in tour.found["packs"]:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            wrong = verify_pack.main([str(tour.folder / name)])
        if wrong:
            raise CommandError(f"{name}: {said.getvalue()}")
    return f"{len(tour.found['packs'])} paket utuh"


def invariants_hold() -> str:
    """Every invariant of the running product. Raises CommandError naming those that are broken."""
    checks = all_checks()
    broken = [f"{check.code} {check.what}" for check in checks if count_of(check.count)]
    if broken:
        raise CommandError(f"Berhenti: {'; '.join(broken)}")
    return f"{len(checks)} pemeriksaan, 0 pelanggaran"


def report(tour: MonthTour, lines: list[str], seconds: float) -> str:
    """The short report of a tour: what was done, and the files with their hashes."""
    files = [f"- `{name}`, {size} byte, SHA-256 `{sha256}`" for name, size, sha256 in tour.found["files"]]
    steps = [f"{number}. {line}" for number, line in enumerate(lines, start=1)]
    head = [
        "# Laporan peragaan",
        "",
        f"Satu pendaftaran ({tour.found['reference']}) dan satu bulan potongan berjalan dari tautan sampai bulan "
        f"ditutup dalam {seconds:.0f} detik. "
        "Semua orang, nomor, rekening, dan bank rekaan.",
        "",
    ]
    return "\n".join([*head, *steps, "", "Berkas bank yang disegel:", "", *files, ""])
