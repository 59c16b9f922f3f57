from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.db import transaction

from autodebit.actions import reference as collection
from config.clock import now
from registry.actions import reference as registry
from registry.actions.audit import SYSTEM
from sponsorship.actions import reference as promise


class Command(BaseCommand):
    help = (
        "Memuat data rujukan: kota, bank, OPD, wilayah, pekerjaan, tarif, keringanan, hari libur. "
        "Aman diulang: baris yang sudah ada tidak disentuh, kecuali dengan --overwrite."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--overwrite", action="store_true", help="kembalikan baris yang berbeda ke isi berkas data"
        )

        parser.add_argument(
            "--practice-bank",
            action="store_true",
            help="muat juga bank rekaan untuk latihan; tidak aktif, jadi tidak ditawarkan kepada siapa pun",
        )

    def handle(self, *args, overwrite: bool, practice_bank: bool, **options) -> None:
        how = {"overwrite": overwrite, "by": SYSTEM, "now": now()}
        with transaction.atomic():
            loaded = [
                *registry.load(**how, practice_bank=practice_bank),
                *promise.load(**how),
                *collection.load(**how, practice_bank=practice_bank),
            ]
        self.stdout.write(f"{'':<20}{'baru':>6}{'berubah':>9}{'tetap':>7}")
        for row in loaded:
            self.stdout.write(f"{row.kind:<20}{row.new:>6}{row.changed:>9}{row.kept:>7}")
