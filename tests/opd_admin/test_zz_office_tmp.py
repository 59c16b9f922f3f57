import sys, pytest
from django.core.management import call_command
def test_x(committed_db, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    call_command("bench", only="collection", lines=90, city=0, stdout=sys.stdout)
