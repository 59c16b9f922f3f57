from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from config.clock import now
from registry.actions.audit import SYSTEM
from registry.actions.demo_accounts import ACCOUNTS, make_accounts
from registry.models import Opd
from registry.rehearsal_signing import make_authority
from sponsorship.actions.demo_donors import OFFICES, make_donors
from sponsorship.actions.demo_waiting import make_waiting
from sponsorship.actions.links import create_link
from sponsorship.models import InvitationLink

DEMO_LINK = "contoh-dinkes"
DEMO_LINK_DAYS = 366


class Command(BaseCommand):
    help = "Menyiapkan akun petugas rekaan dan tautan pendaftaran contoh. Hanya dalam mode peragaan; aman diulang."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--donors",
            action="store_true",
            help="juga donatur rekaan dengan surat kuasa yang berlaku, untuk latihan satu bulan",
        )

    def handle(self, *args, donors: bool, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError("Akun rekaan berkata sandi umum. Dalam mode produksi perintah ini ditolak.")
        moment = now()
        if settings.SIGNATURE_ROOTS:
            make_authority(Path(settings.SIGNATURE_ROOTS).parent)
        with transaction.atomic():
            if not Opd.objects.filter(code="DINKES").exists():
                raise CommandError("Data rujukan belum dimuat. Jalankan load_reference lebih dahulu.")
            fresh = make_accounts(now=moment)
            if not InvitationLink.objects.filter(token=DEMO_LINK).exists():
                dinkes = Opd.objects.get(code="DINKES")
                create_link(
                    opd=dinkes,
                    label="Contoh untuk peragaan",
                    days=DEMO_LINK_DAYS,
                    max_uses=100_000,
                    by=SYSTEM,
                    now=moment,
                    token=DEMO_LINK,
                )
            make_waiting(now=moment)
            made = make_donors(now=moment) if donors else 0
        self.stdout.write(
            f"Akun rekaan: {fresh} baru, {len(ACCOUNTS) - fresh} sudah ada. Tautan: /daftar/{DEMO_LINK}/"
        )
        if donors:
            self.stdout.write(f"Donatur rekaan: {made} baru, di {len(OFFICES)} OPD.")
