import json
from argparse import ArgumentParser
from dataclasses import asdict

from django.conf import settings
from django.core.management.base import BaseCommand

from opd_admin.routes import role_matrix, routes

MATRIX = settings.BASE_DIR / "docs" / "roles.json"


class Command(BaseCommand):
    help = "Mencetak semua alamat: nama, pola, metode, peran. Dengan --write menulis docs/roles.json."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="sebagai JSON")
        parser.add_argument("--write", action="store_true", help="tulis matriks peran ke docs/roles.json")

    def handle(self, *args, **options) -> None:
        if options["write"]:
            MATRIX.write_text(
                json.dumps(role_matrix(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
            )
            self.stdout.write(f"Ditulis: {MATRIX.relative_to(settings.BASE_DIR)}")
        elif options["json"]:
            self.stdout.write(json.dumps([asdict(route) for route in routes()], indent=1))
        else:
            for route in routes():
                who = ", ".join(route.roles) or route.audience
                self.stdout.write(f"{route.pattern:<70} {' '.join(route.methods):<10} {who}")
