import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from registry.actions.demo_accounts import ACCOUNTS, PASSWORD, PERIOD_SECONDS
from registry.rules.roles import LABELS


class Command(BaseCommand):
    help = "Mencetak akun petugas rekaan beserta kode autentikatornya saat ini. Hanya dalam mode peragaan."

    def handle(self, *args, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError("Tidak ada akun rekaan dalam mode produksi.")
        current = time.time()
        left = PERIOD_SECONDS - int(current) % PERIOD_SECONDS
        self.stdout.write(
            f"  Kata sandi semua akun: {PASSWORD}    Kode berganti dalam {left} s (juga di /demo/)"
        )
        self.stdout.write(
            f"  {'Nama pengguna':<21}{'NIP':<20}{'Kode':<8}{'Peran':<32}{'OPD':<8}Kunci autentikator"
        )
        for account in ACCOUNTS:
            self.stdout.write(
                f"  {account.username:<21}{account.nip:<20}{account.code(current):<8}"
                f"{LABELS[account.role]:<32}{account.opd_code or '-':<8}{account.secret}"
            )
