import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from autodebit.verify_pack import main


class Command(BaseCommand):
    help = "Memeriksa paket audit: setiap sidik, banyaknya, dan jumlahnya. Selesai dengan kode 1 bila ada penyimpangan."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pack", help="berkas ZIP paket audit")
        parser.add_argument("--sidik", default="", help="SHA-256 manifest.json menurut jurnal")

    def handle(self, *args, **options) -> None:
        sys.exit(main([options["pack"], "--sidik", options["sidik"]]))
