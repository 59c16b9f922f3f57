import pytest
from django.core.management import call_command


def test_what_is_no_pack_ends_with_one_and_says_why(tmp_path, capsys):
    path = tmp_path / "paket.zip"
    path.write_bytes(b"bukan paket")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_pack", str(path))
    assert ended.value.code == 1
    assert "Paket tidak terbaca" in capsys.readouterr().out
