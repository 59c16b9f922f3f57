"""Electronic signatures read for real: made by the rehearsal authority, judged in the child process."""

import io
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from registry import signatures
from registry.rehearsal_signing import make_authority, sign
from registry.signatures import SignatureUnreadable, read_signatures

pytestmark = pytest.mark.real_papers

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("signing")
    make_authority(place)
    return place


@pytest.fixture(scope="module")
def sheet() -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.add_blank_page(page_size=(595, 842))
        pdf.save(out)
    return out.getvalue()


@pytest.fixture(scope="module")
def signed(sheet, folder) -> bytes:
    return sign(sheet, signer="Rara Contoh Lestari", folder=folder)


@pytest.fixture(autouse=True)
def roots(settings, folder):
    settings.SIGNATURE_ROOTS = str(folder / "root.pem")


def only(pdf: bytes, now: datetime = NOW) -> signatures.Signature:
    (found,) = read_signatures(pdf, now)
    return found


def test_an_untouched_signature_is_whole_trusted_and_names_its_signer(sheet, signed):
    found = only(signed)
    assert signed.startswith(sheet)
    assert (found.intact, found.whole, found.trusted) == (True, True, True)
    assert (found.signer, found.issuer) == ("Rara Contoh Lestari", "Otoritas Latihan (rekaan)")
    assert found.signed_at is not None and found.signed_at.tzinfo is not None


def test_one_flipped_bit_inside_the_signed_bytes_breaks_it(sheet, signed):
    changed = bytearray(signed)
    place = signed.index(b"842")
    changed[place] ^= 1
    assert not only(bytes(changed)).intact


def test_a_page_added_after_signing_is_not_covered(signed):
    writer = IncrementalPdfFileWriter(io.BytesIO(signed))
    pages = writer.root["/Pages"]
    page = writer.add_object(
        generic.DictionaryObject(
            {
                generic.pdf_name("/Type"): generic.pdf_name("/Page"),
                generic.pdf_name("/Parent"): writer.root.raw_get("/Pages"),
                generic.pdf_name("/MediaBox"): generic.ArrayObject(
                    map(generic.NumberObject, (0, 0, 595, 842))
                ),
            }
        )
    )
    pages["/Kids"].append(page)
    pages["/Count"] = generic.NumberObject(3)
    writer.update_container(pages)
    out = io.BytesIO()
    writer.write(out)
    assert not only(out.getvalue()).whole


def test_another_authority_is_not_trusted(sheet, tmp_path):
    foreign = sign(sheet, signer="Rara Contoh Lestari", folder=tmp_path / "foreign")
    found = only(foreign)
    assert found.intact and found.whole and not found.trusted


def test_a_second_signature_covers_the_file_and_leaves_the_first_standing(signed, tmp_path):
    stamped = sign(signed, signer="Meterai Contoh", folder=tmp_path / "stamps", field="Meterai")
    first, second = read_signatures(stamped, NOW)
    assert (first.intact, first.whole, first.signed_over, first.trusted) == (True, False, True, True)
    assert (second.intact, second.whole, second.trusted) == (True, True, False)


def test_a_certificate_that_is_over_is_not_trusted(signed):
    assert not only(signed, NOW + timedelta(days=365 * 30)).trusted


def test_without_roots_nothing_is_trusted_and_the_way_is_closed(signed, settings, tmp_path):
    assert signatures.available()
    for nothing in ("", str(tmp_path / "missing.pem")):
        settings.SIGNATURE_ROOTS = nothing
        assert not signatures.available()
        assert not only(signed).trusted


def test_a_pdf_without_a_signature_has_none(sheet):
    assert read_signatures(sheet, NOW) == ()


@pytest.mark.parametrize(
    "data", [b"", b"%PDF-1.7 /ByteRange [0 1 2 3]", b"\x00" * 4096, b"%PDF-1.7\n" + b"9 0 obj<<" * 50_000]
)
def test_what_cannot_be_read_says_so_and_harms_nobody(data):
    with pytest.raises(SignatureUnreadable):
        read_signatures(data, NOW)
