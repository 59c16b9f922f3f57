import getpass
from argparse import ArgumentParser

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from config.clock import now
from registry.actions.staff import add_administrator
from registry.models import User


class Command(BaseCommand):
    help = (
        "Membuat akun administrator pertama. Kata sandi ditanyakan; akun lain dibuat di halaman pengaturan."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="nama pengguna")
        parser.add_argument("full_name", help="nama lengkap")

    def handle(self, *args, username: str, full_name: str, **options) -> None:
        if User.objects.filter(username=username).exists():
            raise CommandError(f"Nama pengguna {username} sudah dipakai.")
        password = getpass.getpass("Kata sandi (sekurang-kurangnya 12 karakter): ")
        try:
            validate_password(password, User(username=username, full_name=full_name))
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from problem
        add_administrator(username=username, full_name=full_name, password=password, now=now())
        self.stdout.write(
            f"Administrator {username} dibuat. Pengaman kedua dipasang saat masuk pertama kali."
        )
