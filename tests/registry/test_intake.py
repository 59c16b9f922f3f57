"""Uploaded papers, honest and hostile. Every sample is made here; no real paper is involved."""

import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import pikepdf
import pillow_heif
import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from registry.intake import Accepted, inspect
from registry.rules.documents import DocumentKind, Limits

pytestmark = pytest.mark.real_papers

KTP, MANDATE = DocumentKind.KTP, DocumentKind.SIGNED_MANDATE
CANARY = b"CANARY-3374010101909001"


def card(size=(1200, 800)) -> Image.Image:
    """White with a red upper left corner: shows which side is up."""
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).rectangle((0, 0, size[0] // 3, size[1] // 3), fill="red")
    return picture


def encoded(picture, file_format, **options) -> bytes:
    out = io.BytesIO()
    picture.save(out, file_format, **options)
    return out.getvalue()


def heic(picture) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(picture).save(out, quality=80)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["JPEG"])


def is_red(pixel) -> bool:
    return pixel[0] > 200 and pixel[1] < 80 and pixel[2] < 80


def pdf(pages=1, size=(595, 842), content=b"1 0 0 rg 50 700 100 100 re f") -> pikepdf.Pdf:
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=size)
        document.pages[-1].obj.Contents = document.make_stream(content)
    return document


def saved(document: pikepdf.Pdf, **options) -> bytes:
    out = io.BytesIO()
    document.save(out, **options)
    return out.getvalue()


def deflated(chunk: bytes, times: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(chunk) for _ in range(times)) + packer.flush()


def accepted(data, kind=KTP, limits=None) -> Accepted:
    result = inspect(data, kind, limits)
    assert isinstance(result, Accepted), result
    return result


def refused(data, kind=KTP, limits=None) -> str:
    finding = inspect(data, kind, limits).finding
    assert (finding.level, finding.field) == ("refuse", kind.value)
    assert finding.message.endswith(".")
    return finding.code


# Honest papers


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_a_photo_becomes_a_jpeg_with_one_preview(file_format):
    result = accepted(encoded(card(), file_format))
    assert (result.content_type, result.page_count, result.notes) == ("image/jpeg", 1, ())
    assert result.sha256 == hashlib.sha256(result.data).hexdigest()
    for data in (result.data, *result.pages):
        picture = opened(data)
        assert picture.size == (1200, 800)
        assert is_red(picture.getpixel((20, 20)))
        assert picture.getpixel((1100, 700)) == (255, 255, 255)


def test_a_heic_from_a_phone_becomes_a_jpeg():
    result = accepted(heic(card()))
    assert result.content_type == "image/jpeg"
    assert opened(result.data).size == (1200, 800)
    assert is_red(opened(result.data).getpixel((20, 20)))


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_taken_sideways_stands_upright_afterwards(orientation):
    lying = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = opened(accepted(encoded(card().transpose(lying), "JPEG", exif=exif)).data)
    assert picture.size == (1200, 800)
    assert is_red(picture.getpixel((20, 20)))
    assert picture.getexif().get(0x0112) is None


def test_a_large_photo_is_kept_at_3000_pixels_and_shown_at_1600_within_250_kilobytes():
    noise = Image.effect_noise((4000, 3000), 90).convert("RGB")
    result = accepted(encoded(noise, "JPEG", quality=60))
    assert opened(result.data).size == (3000, 2250)
    (page,) = result.pages
    assert max(opened(page).size) <= 1600
    assert len(page) <= 250 * 1024


def test_16_bit_grey_keeps_its_greys():
    data = encoded(Image.new("I;16", (800, 600), 0x8000), "PNG")
    picture = opened(accepted(data).data)
    assert picture.mode == "L"
    assert abs(picture.getpixel((5, 5)) - 0x80) <= 1


@pytest.mark.parametrize(
    ("mode", "colour"), [("RGBA", (0, 0, 0, 0)), ("LA", (0, 0)), ("RGBA", (255, 255, 255, 255))]
)
def test_what_is_transparent_becomes_white(mode, colour):
    picture = opened(accepted(encoded(Image.new(mode, (800, 600), colour), "PNG")).data)
    assert picture.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_scanners_with_few_or_many_colours_are_understood(mode):
    data = encoded(card().convert(mode), "JPEG" if mode == "CMYK" else "PNG")
    picture = opened(accepted(data).data).convert("L")
    assert picture.getpixel((1100, 700)) == 255
    assert picture.crop((0, 0, 300, 200)).reduce(100).getpixel((1, 1)) < 120


def test_a_two_page_mandate_as_pdf_keeps_both_pages():
    result = accepted(saved(pdf(pages=2)), MANDATE)
    assert (result.content_type, result.page_count) == ("application/pdf", 2)
    for page in result.pages:
        assert opened(page).size == (1131, 1600)
        assert is_red(opened(page).getpixel((190, 170)))
    assert len(pikepdf.open(io.BytesIO(result.data)).pages) == 2


def test_a_turned_pdf_page_is_shown_turned():
    document = pdf()
    document.pages[0].rotate(90, relative=False)
    assert opened(accepted(saved(document)).pages[0]).size == (1600, 1131)


def test_the_same_file_gives_the_same_bytes_again():
    for data in (encoded(card(), "JPEG"), saved(pdf())):
        assert accepted(data).sha256 == accepted(data).sha256


def test_a_path_and_an_open_file_are_read_like_bytes(tmp_path):
    data = encoded(card(), "PNG")
    path = tmp_path / "foto"
    path.write_bytes(data)
    file = io.BytesIO(data)
    file.read(10)
    assert accepted(path).sha256 == accepted(file).sha256 == accepted(data).sha256


@pytest.mark.parametrize("small", [(300, 200), (599, 400), (400, 599)])
def test_a_picture_under_600_pixels_is_refused_and_must_be_taken_from_closer(small):
    data = encoded(card(small), "JPEG")
    assert refused(data) == "document_small_image"
    assert "Foto ulang dari jarak lebih dekat" in inspect(data, KTP).finding.message


@pytest.mark.parametrize("enough", [(600, 380), (380, 600)])
def test_a_picture_of_600_pixels_on_its_longer_side_passes(enough):
    assert accepted(encoded(card(enough), "JPEG")).notes == ()


def test_of_a_moving_picture_the_first_frame_is_kept_with_a_note():
    data = encoded(card(), "PNG", save_all=True, append_images=[Image.new("RGB", (1200, 800), "blue")])
    result = accepted(data)
    assert [found.code for found in result.notes] == ["more_images"]
    assert is_red(opened(result.data).getpixel((20, 20)))


# What must not survive


def test_metadata_of_a_photo_is_gone():
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    exif.get_ifd(0x8825)[1] = "S"
    options = {"exif": exif, "comment": CANARY, "icc_profile": CANARY, "xmp": CANARY}
    data = encoded(card(), "JPEG", **options)
    assert data.count(CANARY) == 4
    result = accepted(data)
    for cleaned in (result.data, *result.pages):
        assert CANARY not in cleaned
        assert {marker for marker, _ in opened(cleaned).applist} <= {"APP0"}


def test_text_of_a_png_is_gone():
    text = PngInfo()
    text.add_text("Comment", CANARY.decode())
    data = encoded(card(), "PNG", pnginfo=text)
    assert CANARY in data
    assert CANARY not in accepted(data).data


@pytest.mark.parametrize(
    "tail", [b"<script>alert(1)</script>", b"PK\x03\x04" + CANARY, b"%PDF-1.7 " + CANARY]
)
@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_what_was_appended_to_a_picture_is_gone(file_format, tail):
    result = accepted(encoded(card(), file_format) + tail)
    assert all(tail not in data for data in (result.data, *result.pages))
    assert result.data.endswith(b"\xff\xd9")


def active_pdf() -> bytes:
    document = pdf()
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("evil()"))
    launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("evil.exe"))
    document.Root.OpenAction, document.Root.AA = script, pikepdf.Dictionary(WC=launch)
    document.Root.AcroForm = pikepdf.Dictionary(Fields=[], XFA=document.make_stream(b"<evil/>"))
    document.attachments["evil.exe"] = b"MZ evil"
    page = document.pages[0].obj
    page.AA = pikepdf.Dictionary(O=script)
    stamp = document.make_stream(
        b"0 0 1 rg 0 0 50 50 re f",
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=[0, 0, 50, 50],
        PieceInfo=pikepdf.Dictionary(evil=1),
    )
    page.Annots = [
        pikepdf.Dictionary(Subtype=pikepdf.Name.Stamp, Rect=[300, 300, 350, 350], F=4, A=launch,
                           AP=pikepdf.Dictionary(N=stamp)),
        pikepdf.Dictionary(Subtype=pikepdf.Name.Link, Rect=[0, 0, 99, 99],
                           A=pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("http://evil.example"))),
    ]  # fmt: skip
    return saved(document, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)


def test_a_pdf_loses_its_scripts_actions_attachments_and_forms_but_not_what_is_drawn():
    source = active_pdf()
    assert source.count(b"evil") >= 8
    result = accepted(source)
    clean = pikepdf.open(io.BytesIO(result.data))
    laid_bare = saved(clean, object_stream_mode=pikepdf.ObjectStreamMode.disable,
                      stream_decode_level=pikepdf.StreamDecodeLevel.all, compress_streams=False)  # fmt: skip
    for word in (b"evil", b"JavaScript", b"Launch", b"Annot", b"AcroForm", b"URI", b"EmbeddedFile"):
        assert word not in laid_bare
    assert set(clean.Root.keys()) == {"/Type", "/Pages"}
    red, green, blue = opened(result.pages[0]).getpixel((618, 982))  # the stamp at 325, 325 points
    assert blue > 200 and red < 60 and green < 60


def test_an_electronic_signature_is_not_destroyed_in_silence():
    document = pdf()
    signature = pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 1, 2, 3])
    document.Root.Perms = pikepdf.Dictionary(DocMDP=document.make_indirect(signature))
    data = saved(document, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert [found.code for found in accepted(data, MANDATE).notes] == ["signed_pdf"]
    assert accepted(saved(pdf()), MANDATE).notes == ()


# What is refused

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.mark.parametrize(
    "data",
    [
        EICAR,
        b"<html><script>alert(1)</script>",
        b"PK\x03\x04 a word processor's document",
        b"GIF89a" + bytes(40),
        b"\n" + b"%PDF-1.7\n",
        b"junk" * 1250 + b"%PDF-1.7\n",
        b" \xff\xd8\xff\xe0",
    ],
)
def test_anything_but_the_four_formats_from_the_first_byte_is_refused(data):
    assert refused(data) == "document_wrong_type"


def test_an_empty_file_is_refused():
    assert refused(b"") == "document_empty"


def test_one_byte_over_the_limit_is_refused_and_the_limit_itself_is_not():
    data = encoded(card(), "JPEG")
    assert refused(data, limits=Limits(max_bytes=len(data) - 1)) == "document_too_large"
    assert accepted(data, limits=Limits(max_bytes=len(data))).page_count == 1


@pytest.mark.parametrize(
    "make", [lambda: encoded(card(), "JPEG"), lambda: encoded(card(), "PNG"), lambda: heic(card())]
)
def test_a_cut_off_picture_is_refused(make):
    data = make()
    assert refused(data[: len(data) // 2]) == "document_broken"


def test_a_cut_off_pdf_is_refused_instead_of_losing_pages():
    data = saved(pdf(pages=2))
    assert refused(data[: len(data) * 2 // 3], MANDATE) == "document_broken"


@pytest.mark.parametrize(
    "head", [b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n", b"\0\0\0\x18ftypheic"]
)
def test_a_right_beginning_with_rubbish_behind_it_is_refused(head):
    rubbish = hashlib.shake_128(head).digest(50_000)
    assert refused(head + rubbish + b"%%EOF") == "document_broken"


def test_a_picture_bomb_is_refused_by_its_header():
    bomb = encoded(Image.new("1", (20_000, 20_000)), "PNG")
    assert len(bomb) < 100_000
    assert refused(bomb) == "document_too_many_pixels"


def test_one_pixel_over_the_limit_is_refused_and_the_limit_itself_is_not():
    data = encoded(card((1000, 800)), "PNG")
    assert refused(data, limits=Limits(max_pixels=799_999)) == "document_too_many_pixels"
    assert accepted(data, limits=Limits(max_pixels=800_000)).page_count == 1


@pytest.mark.parametrize("user_password", ["", "rahasia"])
def test_a_locked_pdf_is_refused(user_password):
    data = saved(pdf(), encryption=pikepdf.Encryption(owner="rahasia", user=user_password))
    assert refused(data) == "document_encrypted"


def test_too_many_pages_are_refused_and_the_limit_itself_is_not():
    assert refused(saved(pdf(pages=11)), MANDATE) == "document_too_many_pages"
    assert accepted(saved(pdf(pages=10)), MANDATE).page_count == 10
    assert refused(saved(pdf(pages=3)), KTP) == "document_too_many_pages"


def test_a_pdf_without_pages_is_refused():
    assert refused(saved(pikepdf.new())) == "document_no_pages"


@pytest.mark.parametrize("size", [(20_000, 842), (1_000_000, 1_000_000), (0.5, 842)])
def test_a_page_of_impossible_size_is_refused(size):
    document = pdf()
    document.pages[0].obj.MediaBox = [0, 0, *size]
    assert refused(saved(document)) == "document_page_size"


def test_a_pdf_with_an_enormous_picture_is_refused():
    document = pdf(content=b"q 500 0 0 500 0 0 cm /Im Do Q")
    image = document.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=60_000,
                                 Height=60_000, BitsPerComponent=8, ColorSpace=pikepdf.Name.DeviceGray)  # fmt: skip
    image.write(deflated(bytes(1 << 20), 64), filter=pikepdf.Name.FlateDecode)
    document.pages[0].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
    assert refused(saved(document)) == "document_too_many_pixels"


def test_a_page_that_unpacks_to_hundreds_of_megabytes_is_refused():
    document = pdf()
    document.pages[0].obj.Contents.write(
        deflated(b"0 0 1 1 re f " * (1 << 20), 64), filter=pikepdf.Name.FlateDecode
    )
    assert refused(saved(document)) == "document_too_heavy"


def doubling_forms(depth: int) -> bytes:
    document = pdf(content=b"/F Do")
    frame = {"Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Form, "BBox": [0, 0, 50, 50]}
    form = document.make_stream(b"0 0 1 1 re f", **frame)
    for _ in range(depth):
        resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
        form = document.make_stream(b"/F Do /F Do", **frame, Resources=resources)
    document.pages[0].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(F=form))
    return saved(document)


def test_a_page_that_draws_itself_a_thousand_million_times_ends_at_a_limit():
    assert refused(doubling_forms(30)) in {"document_too_heavy", "document_timeout"}
    assert accepted(doubling_forms(2)).page_count == 1


def test_a_file_that_takes_too_long_is_given_up():
    limits = Limits(seconds=1, pdf_memory=8 << 30)
    assert refused(doubling_forms(30), limits=limits) in {"document_timeout", "document_too_heavy"}


def test_a_decoder_short_of_memory_refuses_instead_of_failing():
    big = encoded(Image.new("RGBA", (7000, 7000)), "PNG")
    assert refused(big, limits=Limits(memory=200 << 20)) == "document_too_heavy"


def test_a_huge_cross_reference_table_is_refused():
    body = (
        b"%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    )
    table = deflated(b"\1\0\0\0\x10\0" * (1 << 20), 20)
    stream = b"3 0 obj<</Type/XRef/W[1 4 1]/Size %d/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n"
    data = (
        body
        + stream % (20 << 20, len(table))
        + table
        + b"\nendstream endobj\nstartxref\n%d\n%%%%EOF" % len(body)
    )
    assert refused(data) in {"document_no_pages", "document_too_heavy", "document_broken"}


# The child process


def test_nothing_is_left_in_the_temporary_folder_and_no_descriptor_stays_open(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = set(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else set()
    accepted(saved(pdf(pages=2)), MANDATE)
    refused(b"%PDF-1.7 broken")
    refused(doubling_forms(30), limits=Limits(seconds=1))
    assert list(tmp_path.iterdir()) == []
    if before:
        assert set(os.listdir("/proc/self/fd")) == before


def test_no_decoder_is_loaded_into_the_calling_process():
    program = (
        "import sys; from registry.intake import inspect; from registry.rules.documents import DocumentKind;"
        "inspect(sys.stdin.buffer.read(), DocumentKind.KTP);"
        "print([name for name in ('PIL', 'pikepdf', 'pypdfium2', 'pillow_heif') if name in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=encoded(card(), "JPEG"),
        cwd=root,
        capture_output=True,
        check=True,
    )
    assert done.stdout.strip() == b"[]"


def test_the_child_sees_nothing_of_the_environment(monkeypatch, tmp_path):
    spy = tmp_path / "child.py"
    spy.write_text(
        "import os, sys, json\n"
        "parts = [json.dumps(sorted(os.environ)).encode(), os.getcwd().encode()]\n"
        "line = json.dumps({'sizes': [len(part) for part in parts], 'notes': []}).encode() + b'\\n'\n"
        "os.write(1, line + b''.join(parts))\n"
    )
    monkeypatch.setattr("registry.intake._CHILD", spy)
    monkeypatch.setenv("FIELD_KEYS", "secret")
    result = accepted(encoded(card(), "JPEG"))
    assert b"FIELD_KEYS" not in result.data
    assert result.pages == (b"/",)
