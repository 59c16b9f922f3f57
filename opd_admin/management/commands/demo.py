import os
import random
import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from opd_admin.tour.browser import TourStopped
from opd_admin.tour.people import fresh_donor
from opd_admin.tour.tour import Tour

STEPS = 12


class Command(BaseCommand):
    help = "Memainkan tugas utama lewat HTTP pada produk yang sedang berjalan, dan menyimpan hasilnya di var/demo/."

    def handle(self, *args, **options) -> None:
        base_url = os.environ.get("BASE_URL", settings.BASE_URL)
        folder = Path(settings.VAR_DIR) / "demo"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        tour = Tour(base_url, fresh_donor(random.SystemRandom()), folder)
        began, lines = time.monotonic(), []
        try:
            for number, (title, outcome) in enumerate(tour.steps(), start=1):
                bar = "█" * (20 * number // STEPS) + "·" * (20 - 20 * number // STEPS)
                line = f"[{number:2}/{STEPS}] {title}: {outcome}"
                lines.append(line)
                self.stdout.write(f"{bar} {time.monotonic() - began:5.1f} s {line}")
                self.stdout.flush()
        except TourStopped as problem:
            raise CommandError(f"Berhenti: {problem}") from problem
        (folder / "laporan.md").write_text(report(tour, lines, time.monotonic() - began))
        self.stdout.write(f"\nSelesai. Hasilnya di {folder}:")
        for file in sorted(folder.iterdir()):
            self.stdout.write(f"  {file.name}  {file.stat().st_size} byte")


def report(tour: Tour, lines: list[str], seconds: float) -> str:
    """The short report of a tour: what was done, and the files with their hashes."""
    files = [f"- `{name}`, {size} byte, SHA-256 `{sha256}`" for name, size, sha256 in tour.found["files"]]
    steps = [f"{number}. {line.split('] ', 1)[1]}" for number, line in enumerate(lines, start=1)]
    head = [
        "# Laporan peragaan",
        "",
        f"Satu pendaftaran ({tour.found['reference']}) berjalan dari tautan sampai berkas bank dalam "
        f"{seconds:.0f} detik. "
        "Semua orang dan nomor rekaan.",
        "",
    ]
    return "\n".join([*head, *steps, "", "Berkas bank yang disegel:", "", *files, ""])
