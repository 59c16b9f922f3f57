"""Kinds of papers, what their first bytes say, and the sentences a donor reads."""

import re

import pytest

from registry.rules.documents import (
    REASONS_FOR,
    DocumentKind,
    Limits,
    ReturnReason,
    limits_for,
    note,
    refusal,
    sniff,
)

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"
CODES = [
    "empty", "too_large", "wrong_type", "broken", "too_many_pixels", "encrypted", "no_pages", "too_many_pages",
    "page_size", "too_heavy", "timeout", "small_image",
]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "jpeg"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "png"),
        (b"%PDF-1.7\n", "pdf"),
        (HEIC, "heic"),
        (HEIC.replace(b"ftypheic", b"ftypmif1"), "heic"),
        (HEIC.replace(b"ftypheic", b"ftypisom"), None),
        (b"", None),
        (b"\n%PDF-1.7\n", None),
        (b"<script>\xff\xd8\xff", None),
        (b"PK\x03\x04", None),
        (b"GIF89a", None),
    ],
)
def test_only_the_first_bytes_decide_the_format(head, expected):
    assert sniff(head) == expected


def test_a_mandate_may_have_ten_pages_and_the_other_papers_two():
    assert {kind.value: limits_for(kind).max_pages for kind in DocumentKind} == {
        "signed_mandate": 10,
        "ktp": 2,
        "passbook": 2,
    }


def test_every_kind_takes_10_megabytes_and_64_megapixels():
    for kind in DocumentKind:
        assert limits_for(kind).max_bytes == 10_485_760
        assert limits_for(kind).max_pixels == 64_000_000


@pytest.mark.parametrize("kind", DocumentKind)
@pytest.mark.parametrize("code", CODES)
def test_every_refusal_is_whole_sentences_that_say_what_to_do(code, kind):
    finding = refusal(code, kind, limits_for(kind))
    assert finding.code == f"document_{code}"
    assert finding.field == kind.value
    assert finding.level == "refuse"
    assert re.search(r"\b([Ff]oto|[Pp]indai|[Uu]nggah|[Pp]ilih|[Ss]impan)\b", finding.message)
    assert finding.message.endswith(".")
    assert "{" not in finding.message


def test_refusals_name_the_limit_that_was_set():
    limits = Limits(max_bytes=3 * 1024 * 1024, max_pixels=12_000_000, max_pages=4)
    kind = DocumentKind.SIGNED_MANDATE
    assert "3 MB" in refusal("too_large", kind, limits).message
    assert "12 megapiksel" in refusal("too_many_pixels", kind, limits).message
    assert "4 halaman" in refusal("too_many_pages", kind, limits).message


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"PK\x03\x04\x14\x00", "dokumen Word, Excel, atau arsip ZIP"),
        (b"GIF89a", "gambar GIF"),
        (b"  <!doctype html>", "halaman web atau gambar SVG"),
        (b"MZ\x90", "program komputer"),
    ],
)
def test_a_known_foreign_format_is_called_by_its_name(head, name):
    finding = refusal("wrong_type", DocumentKind.KTP, Limits(), head=head)
    assert finding.code == "document_wrong_type"
    assert finding.message == (
        f"Berkas ini berupa {name} dan tidak dapat diterima. Foto KTP asli Anda dengan kamera ponsel, lalu unggah "
        "sebagai JPG, PNG, HEIC, atau PDF."
    )


def test_a_code_nobody_knows_reads_as_a_broken_file():
    assert "rusak" in refusal("surprise", DocumentKind.KTP, Limits()).message


@pytest.mark.parametrize("code", ["signed_pdf", "more_images"])
def test_notes_are_for_the_verifier_and_refuse_nothing(code):
    finding = note(code, DocumentKind.PASSBOOK)
    assert (finding.code, finding.field, finding.level) == (code, "passbook", "note")


@pytest.mark.parametrize("reason", ReturnReason)
def test_every_return_reason_has_a_label_and_tells_the_donor_what_to_do(reason):
    assert reason.label and not reason.label.endswith(".")
    assert reason.advice.endswith(".")
    assert reason.advice.split()[0] in {
        "Foto", "Unggah", "Perbaiki", "Tanda", "Tempelkan", "Cetak",
    }  # fmt: skip


def test_every_return_reason_belongs_to_some_paper_and_none_is_listed_twice():
    assert {reason for reasons in REASONS_FOR.values() for reason in reasons} == set(ReturnReason)
    assert all(len(reasons) == len(set(reasons)) for reasons in REASONS_FOR.values())


def test_an_unsigned_ktp_or_a_differing_account_on_a_mandate_cannot_be_chosen():
    assert "nik_differs" not in REASONS_FOR[DocumentKind.KTP]  # the NIK of a donor is never asked for
    assert ReturnReason.UNSIGNED not in REASONS_FOR[DocumentKind.KTP]
    assert ReturnReason.ACCOUNT_DIFFERS not in REASONS_FOR[DocumentKind.SIGNED_MANDATE]
    assert ReturnReason.ACCOUNT_DIFFERS in REASONS_FOR[DocumentKind.PASSBOOK]
