from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand

from opd_admin.states import document

PAGE = settings.BASE_DIR / "docs" / "states.md"


class Command(BaseCommand):
    help = "Mencetak diagram dan tabel semua status. Dengan --write menulis docs/states.md."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="tulis ke docs/states.md")

    def handle(self, *args, **options) -> None:
        if options["write"]:
            PAGE.write_text(document(), encoding="utf-8")
            self.stdout.write(f"Ditulis: {PAGE.relative_to(settings.BASE_DIR)}")
        else:
            self.stdout.write(document())
