import json
import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

import autodebit.checks
import registry.checks
import sponsorship.checks
from registry.checks import Check, count_of

APPS = (registry.checks, sponsorship.checks, autodebit.checks)


def all_checks() -> list[Check]:
    """Every check of every app, in the order of the invariants."""
    found = [Check(*check) for app in APPS for check in app.CHECKS]
    return sorted(found, key=lambda check: int(check.code.removeprefix("I")))


class Command(BaseCommand):
    help = (
        "Menghitung pelanggaran setiap invarian pada basis data yang hidup. Selesai dengan kode 1 bila ada."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="sebagai JSON: [{code, what, violations}]")

    def handle(self, *args, **options) -> None:
        results = [(check.code, check.what, count_of(check.count)) for check in all_checks()]
        total = sum(violations for _, _, violations in results)
        if options["json"]:
            rows = [
                {"code": code, "what": what, "violations": violations} for code, what, violations in results
            ]
            self.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1))
        else:
            for code, what, violations in results:
                self.stdout.write(f"{code:<5}{violations:>8}  {what}")
            self.stdout.write(f"{len(results)} pemeriksaan, {total} pelanggaran.")
        if total:
            sys.exit(1)
