"""Lines of the journal in words."""

import pytest

from registry.journal import detail_words, subject_words
from registry.models import AuditEvent


def line(object_type: str, **detail) -> AuditEvent:
    return AuditEvent(object_type=object_type, detail=detail)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (line("sponsorship.registration", source="draft"), [("dari", "Draf, belum dikirim")]),
        (line("registry.document", kind="passbook", page=2), [("jenis", "Buku tabungan"), ("halaman", "2")]),
        (line("registry.user", new=True, changed=["full_name", "new_password"]),
         [("baru", "ya"), ("diubah", "nama lengkap, kata sandi")]),
        (line("registry.occupation", changes={"name": ["Tukang becak", None]}),
         [("perubahan", "nama: Tukang becak menjadi -")]),
        (line("registry.city", source="2026-11-20"), [("dari", "2026-11-20")]),
        (line("autodebit.batch", total=1234567, count=3), [("jumlah rupiah", "Rp1.234.567"), ("jumlah baris", "3")]),
        (line("registry.donor", channel="phone"), [("saluran", "Ponsel")]),
    ],
)  # fmt: skip
def test_the_facts_of_a_line_are_told_in_words(told, words):
    assert detail_words(told) == words


def test_a_line_about_rows_that_no_longer_exist_keeps_its_stored_name():
    assert subject_words(line("registry.formermodel")) == "registry.formermodel"
    assert subject_words(line("sponsorship.mandate")) == "surat kuasa"
