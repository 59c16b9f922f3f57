from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from autodebit.seeding import seed_mandates
from config.clock import now
from sponsorship.models import Mandate
from sponsorship.queries import calendar
from sponsorship.rules.months import Month

MANDATES = 170_000
AT_MOST = 1_000_000


class Command(BaseCommand):
    help = "Mengisi basis data dengan donatur rekaan yang surat kuasanya berlaku, untuk mengukur dan mencoba."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mandates", type=int, default=MANDATES, help="banyaknya surat kuasa")
        parser.add_argument("--period", help="bulan iuran pertama, seperti 2027-02 (bawaan: bulan depan)")

    def handle(self, *args, mandates: int, period: str | None, **options) -> None:
        """Ends with an error in production, where mandates stand already, and for a month that is none."""
        if settings.PRODUCTION:
            raise CommandError("Isinya orang rekaan. Dalam mode produksi perintah ini ditolak.")
        if not 1 <= mandates <= AT_MOST:
            raise CommandError(f"--mandates dari 1 sampai {AT_MOST}.")
        if Mandate.objects.exists():
            raise CommandError("Sudah ada surat kuasa di basis data ini. Pakai basis data yang kosong.")
        try:
            month = Month.parse(period) if period else Month.of(calendar().local_date(now())).plus(1)
        except ValueError as problem:
            raise CommandError("Tulis bulan seperti 2027-02.") from problem
        seed_mandates(mandates, at=calendar().cutoff(month.previous()), period=str(month))
        self.stdout.write(f"{mandates} surat kuasa rekaan, iuran mulai {month.label()}.")
