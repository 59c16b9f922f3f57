"""Opens one uploaded file in a process of its own and writes back only what was decoded from it.

Started by registry.intake as a plain script (`python -I -B intake_child.py JOB`), with the file on standard input and
the answer on standard output: one line of JSON, then the bytes it announces (the canonical file, then one JPEG per
page). JOB is JSON: format, max_pixels, max_pages, seconds, memory. It imports nothing of the project and loads a
decoder only after the limits are set: a fault in a decoder meets a process that holds nothing and can do little.
"""

import io
import json
import os
import resource
import signal
import sys
from typing import Any

CANONICAL_SIDE = 3000
PREVIEW_SIDE = 1600
PREVIEW_BYTES = 250 * 1024
SMALL_SIDE = 600
LARGEST_PAGE_POINTS = 14_400  # 200 inches, the limit of PDF 1.7, Annex C
OUTPUT_BYTES = 96 * 1024 * 1024

# EXIF orientation -> PIL.Image.Transpose (as numbers: PIL is not loaded yet).
TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}

# What a page needs to be drawn; annotations, actions, metadata, article threads and the rest stay behind.
PAGE_KEYS = frozenset(("/Type", "/MediaBox", "/CropBox", "/Rotate", "/Contents", "/Resources", "/Group"))
# On streams: references to files outside, attachments, editors' private data, PostScript, actions.
STREAM_KEYS = (
    "/F",
    "/FFilter",
    "/FDecodeParms",
    "/AF",
    "/Metadata",
    "/PieceInfo",
    "/OPI",
    "/Ref",
    "/PS",
    "/AA",
)


class Refused(Exception):
    """Carries a refusal code of registry.rules.documents."""


def limit_this_process(job: dict[str, Any]) -> None:
    limits = {
        resource.RLIMIT_AS: job["memory"],
        resource.RLIMIT_CPU: job["seconds"],
        resource.RLIMIT_FSIZE: OUTPUT_BYTES,
        resource.RLIMIT_NOFILE: 32,
        resource.RLIMIT_CORE: 0,
    }
    for which, value in limits.items():
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, hard if which == resource.RLIMIT_CPU else value))
    signal.alarm(job["seconds"])  # also when the parent is gone and nobody waits any more


def open_image(data: bytes, file_format: str) -> Any:
    """The image with its size known and nothing decoded. Plugins are loaded one by one: no other format is tried."""
    source = io.BytesIO(data)
    if file_format == "jpeg":
        from PIL.JpegImagePlugin import JpegImageFile

        return JpegImageFile(source)
    if file_format == "png":
        from PIL.PngImagePlugin import PngImageFile

        return PngImageFile(source)
    import pillow_heif

    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.options.THUMBNAILS = False
    opener: Any = pillow_heif.HeifImageFile
    return opener(source)


def upright_picture(data: bytes, job: dict[str, Any], notes: list[str]) -> Any:
    """Decoded, at most CANONICAL_SIDE on the longer side, turned as the camera was held, 8 bit, on white."""
    image = open_image(data, job["format"])
    if image.width * image.height > job["max_pixels"]:
        raise Refused("too_many_pixels")
    if getattr(image, "n_frames", 1) > 1:
        notes.append("more_images")
    if max(image.size) < SMALL_SIDE:
        raise Refused("small_image")
    image.draft(
        None, (CANONICAL_SIDE, CANONICAL_SIDE)
    )  # lets the JPEG decoder skip what would be thrown away
    image.load()
    turn = TURNS.get(orientation(image))
    picture = on_white(eight_bit(image))
    picture.thumbnail((CANONICAL_SIDE, CANONICAL_SIDE), reducing_gap=2.0)
    return picture if turn is None else picture.transpose(turn)


def orientation(image: Any) -> Any:
    try:
        return image.getexif().get(0x0112, 1)
    except Exception:  # spoiled EXIF beside a good picture: show it as it lies
        return 1


def eight_bit(image: Any) -> Any:
    """Pillow's own conversion of 16-bit grey clips instead of scaling: every scan would turn white."""
    if image.mode != "I;16":
        return image
    from PIL import Image

    return Image.frombytes("L", image.size, image.tobytes()[1::2])  # little endian: the high bytes


def on_white(image: Any) -> Any:
    from PIL import Image

    if image.has_transparency_data:
        layer = image.convert("RGBA")
        picture = Image.new("RGB", layer.size, "white")
        picture.paste(layer, mask=layer.getchannel("A"))
        return picture
    return image if image.mode in ("L", "RGB") else image.convert("L" if image.mode == "1" else "RGB")


def jpeg(picture: Any, quality: int) -> bytes:
    out = io.BytesIO()
    picture.info.clear()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def preview(picture: Any) -> bytes:
    page = picture.copy() if max(picture.size) > PREVIEW_SIDE else picture
    page.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), reducing_gap=2.0)
    for quality in (80, 68, 55, 42, 30):
        small = jpeg(page, quality)
        if len(small) <= PREVIEW_BYTES:
            return small
    while len(small) > PREVIEW_BYTES:
        page = page.resize((max(1, page.width * 3 // 4), max(1, page.height * 3 // 4)))
        small = jpeg(page, 42)
    return small


def take_image(data: bytes, job: dict[str, Any], notes: list[str]) -> list[bytes]:
    picture = upright_picture(data, job, notes)
    return [jpeg(picture, 85), preview(picture)]


def take_pdf(data: bytes, job: dict[str, Any], notes: list[str]) -> list[bytes]:
    if b"/ByteRange" in data:  # a signature dictionary is never inside a compressed object
        notes.append("signed_pdf")
    if b"%%EOF" not in data[-1024:]:  # cut off: repairing it would lose pages without a word
        raise Refused("broken")
    clean = rewritten_pdf(data, job)
    return [clean, *page_previews(clean)]


def rewritten_pdf(data: bytes, job: dict[str, Any]) -> bytes:
    """A new document with nothing but the drawn pages. What annotations and form fields show (a signature put there
    by a phone) is drawn into the page first; what they do is left behind."""
    import pikepdf

    try:
        source = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError as problem:
        raise Refused("encrypted") from problem
    if source.is_encrypted:
        raise Refused("encrypted")
    if not len(source.pages):
        raise Refused("no_pages")
    if len(source.pages) > job["max_pages"]:
        raise Refused("too_many_pages")
    source.flatten_annotations("screen")
    clean = pikepdf.new()
    for page in source.pages:
        check_page_size(page)
        for key in set(page.obj.keys()) - PAGE_KEYS - {"/Parent"}:
            del page.obj[key]
        clean.pages.append(page)
    for thing in clean.objects:
        if isinstance(thing, pikepdf.Stream):
            strip_stream(thing, job["max_pixels"])
    out = io.BytesIO()
    clean.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def strip_stream(stream: Any, max_pixels: int) -> None:
    if stream.get("/Subtype") == "/Image" and int(stream.Width) * int(stream.Height) > max_pixels:
        raise Refused("too_many_pixels")
    for key in STREAM_KEYS:
        if key in stream:
            del stream[key]


def check_page_size(page: Any) -> None:
    for box in (page.mediabox, page.cropbox):
        left, bottom, right, top = (float(side) for side in box)
        sides = abs(right - left), abs(top - bottom)
        if not 1 <= min(sides) <= max(sides) <= LARGEST_PAGE_POINTS:
            raise Refused("page_size")


def page_previews(pdf: bytes) -> list[bytes]:
    import pypdfium2

    pages = []
    with pypdfium2.PdfDocument(pdf) as document:
        for page in document:
            scale = PREVIEW_SIDE / max(page.get_size())
            bitmap = page.render(scale=scale, may_draw_forms=False, draw_annots=False)
            pages.append(preview(bitmap.to_pil().convert("RGB")))
            page.close()
    return pages


def main() -> None:
    job = json.loads(sys.argv[1])
    answer_to = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not reach the answer
    limit_this_process(job)
    notes: list[str] = []
    parts: list[bytes] = []
    try:
        data = sys.stdin.buffer.read()
        parts = (take_pdf if job["format"] == "pdf" else take_image)(data, job, notes)
        answer: dict[str, Any] = {"sizes": [len(part) for part in parts], "notes": notes}
    except Refused as refused:
        answer = {"refused": str(refused)}
    except MemoryError:
        answer = {"refused": "too_heavy"}
    except Exception as problem:  # whatever a decoder raises on a broken file
        answer = {"refused": "broken", "problem": type(problem).__name__}
    with open(answer_to, "wb") as out:
        out.write(json.dumps(answer).encode() + b"\n")
        out.writelines(parts)


if __name__ == "__main__":
    main()
