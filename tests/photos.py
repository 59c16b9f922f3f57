"""Photos of papers as phones take them, made here and labelled by how they were spoiled. No real paper is involved."""

import io
from collections.abc import Callable, Iterator
from functools import cache
from importlib import util
from pathlib import Path
from types import ModuleType

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont

from sponsorship.bench import example_sheet
from sponsorship.printing import render_mandate

TABLE = (96, 74, 58)
SIDE = 1100  # longer side of every sheet
CUBIC = Image.Resampling.BICUBIC


@cache
def child() -> ModuleType:
    """registry/paper_child.py as a module: its measuring is the same in this process."""
    path = Path(__file__).parents[1] / "registry" / "paper_child.py"
    spec = util.spec_from_file_location("paper_child", path)
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def mandate_pdf(qr_text: str = "") -> bytes:
    sheet = example_sheet()
    return render_mandate(sheet if not qr_text else type(sheet)(**{**vars(sheet), "qr_text": qr_text}))


def sheets(pdf: bytes) -> list[Image.Image]:
    """The pages of a mandate as flat pictures."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=SIDE / max(page.get_size())).to_pil().convert("RGB") for page in document]


def card() -> Image.Image:
    """Patterned like an identity card, and like nobody's."""
    picture = Image.new("RGB", (1000, 630), (186, 208, 226))
    draw = ImageDraw.Draw(picture)
    for x in range(0, 1000, 14):
        draw.line((x, 0, x + 200, 630), fill=(176, 200, 222), width=2)
    draw.text((250, 40), "CONTOH KARTU", fill=(30, 30, 40), font=ImageFont.load_default(36))
    for row in range(9):
        words = f"Baris contoh {row}: BUKAN KTP SUNGGUHAN"
        draw.text((40, 140 + 50 * row), words, fill=(25, 25, 30), font=ImageFont.load_default(27))
    draw.rectangle((760, 160, 950, 420), fill=(150, 60, 60))
    return picture


def book() -> Image.Image:
    """The first page of a savings book: little writing on much paper."""
    picture = Image.new("RGB", (1100, 760), (238, 226, 200))
    draw = ImageDraw.Draw(picture)
    for row, words in enumerate(
        ("CONTOH BUKU TABUNGAN", "Rara Contoh Lestari", "Rekening contoh", "Cabang contoh")
    ):
        draw.text((90, 110 + 130 * row), words, fill=(40, 40, 60), font=ImageFont.load_default(42))
    return picture


def on_table(picture: Image.Image, margin: int = 50) -> Image.Image:
    table = Image.new("RGB", (picture.width + 2 * margin, picture.height + 2 * margin), TABLE)
    table.paste(picture, (margin, margin))
    return table


@cache
def grain_of(size: tuple[int, int], much: int) -> Image.Image:
    return Image.effect_noise(size, much)


def on_cloth(picture: Image.Image, one: tuple, other: tuple, wide: int, margin: int = 50) -> Image.Image:
    """On a striped tablecloth, which is cut by every side of the photo."""
    table = Image.new("RGB", (picture.width + 2 * margin, picture.height + 2 * margin), one)
    draw = ImageDraw.Draw(table)
    for x in range(0, table.width, 2 * wide):
        draw.rectangle((x, 0, x + wide, table.height), fill=other)
    table.paste(picture, (margin, margin))
    return table


def noisy(picture: Image.Image, much: int = 6) -> Image.Image:
    grain = grain_of(picture.size, much)
    return ImageChops.add(picture, Image.merge("RGB", (grain, grain, grain)), 1, -128)


def lit(picture: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    return ImageChops.multiply(picture, Image.new("RGB", picture.size, colour))


def shaded(picture: Image.Image) -> Image.Image:
    """Light from one side: the far end has three fifths of it."""
    fall = Image.linear_gradient("L").resize(picture.size).point(lambda level: 150 + level * 105 // 255)
    return ImageChops.multiply(picture, Image.merge("RGB", (fall, fall, fall)))


def blurred(picture: Image.Image, radius: float) -> Image.Image:
    return picture.filter(ImageFilter.GaussianBlur(radius))


def shaken(picture: Image.Image, pixels: int) -> Image.Image:
    return noisy(picture.filter(ImageFilter.BoxBlur((pixels // 2, 0))), 4)


def glaring(picture: Image.Image, x: float, y: float, size: float) -> Image.Image:
    light = Image.new("L", picture.size, 0)
    half, left, top = size * max(picture.size), x * picture.width, y * picture.height
    ImageDraw.Draw(light).ellipse((left - half, top - half * 0.6, left + half, top + half * 0.6), fill=255)
    light = light.filter(ImageFilter.GaussianBlur(half * 0.25)).point(lambda level: min(255, level * 2))
    return Image.composite(Image.new("RGB", picture.size, "white"), picture, light)


def turned(picture: Image.Image, degrees: float) -> Image.Image:
    return picture.rotate(degrees, expand=True, resample=CUBIC, fillcolor=TABLE)


def from_the_side(picture: Image.Image, much: float = 0.06) -> Image.Image:
    """The sheet as a trapezium, the way it looks from a chair."""
    width, height = picture.size
    corners = (
        width * much,
        height * much / 2,
        0,
        height,
        width,
        height * (1 - much * 0.3),
        width * (1 - much),
        0,
    )
    return picture.transform(picture.size, Image.Transform.QUAD, corners, CUBIC, fillcolor=TABLE)


def cut(picture: Image.Image, side: str, share: float) -> Image.Image:
    width, height = picture.size
    boxes = {
        "left": (int(width * share), 0, width, height),
        "right": (0, 0, int(width * (1 - share)), height),
        "bottom": (0, 0, width, int(height * (1 - share))),
    }
    return picture.crop(boxes[side])


def jpeg(picture: Image.Image, quality: int = 85) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def as_sent(picture: Image.Image, quality: int = 85) -> Image.Image:
    """In grey and with the marks of JPEG, as the child measures it."""
    return Image.open(io.BytesIO(jpeg(picture, quality)), formats=["JPEG"]).convert("L")


Spoil = Callable[[Image.Image], Image.Image]
# Label -> what is done to a good photo on a table; "" is a good photo that must raise no hint at all.
SPOILED: tuple[tuple[str, str, Spoil], ...] = (
    ("", "plain", lambda p: p),
    ("", "held 3 degrees askew", lambda p: turned(p, 3)),
    ("", "held 5 degrees askew", lambda p: turned(p, -5)),
    ("", "seen from the side", from_the_side),
    ("", "light from one side", shaded),
    ("", "evening light", lambda p: lit(p, (150, 140, 120))),
    ("", "old yellow paper", lambda p: lit(p, (235, 215, 160))),
    ("", "grainy", lambda p: noisy(p, 12)),
    ("", "a little soft", lambda p: blurred(p, 0.8)),
    ("", "grey", lambda p: p.convert("L").convert("RGB")),
    ("", "bright", lambda p: ImageEnhance.Brightness(p).enhance(1.25)),
    ("blurred", "blur 2.5", lambda p: blurred(p, 2.5)),
    ("blurred", "blur 4", lambda p: blurred(p, 4)),
    ("blurred", "blur 4 and grain", lambda p: noisy(blurred(p, 4), 5)),
    ("blurred", "shaken", lambda p: shaken(p, 17)),
    ("dark", "a quarter of the light", lambda p: lit(p, (70, 70, 70))),
    ("dark", "a sixth of the light", lambda p: lit(p, (45, 42, 40))),
    ("glare", "lamp in the middle", lambda p: glaring(p, 0.5, 0.4, 0.14)),
    ("glare", "small lamp", lambda p: glaring(p, 0.65, 0.6, 0.08)),
    ("glare", "lamp and dim light", lambda p: glaring(lit(p, (120, 115, 105)), 0.4, 0.5, 0.12)),
    ("pale", "washed out", lambda p: ImageEnhance.Brightness(ImageEnhance.Contrast(p).enhance(0.4)).enhance(1.9)),
    ("cut_off", "left side missing", lambda p: cut(p, "left", 0.17)),
    ("cut_off", "right side missing", lambda p: cut(p, "right", 0.25)),
    ("tilted", "10 degrees", lambda p: turned(p, 10)),
    ("tilted", "-14 degrees", lambda p: turned(p, -14)),
    ("small", "from far away", lambda p: on_table(p, 800)),
)  # fmt: skip


CLOTHS = (
    ("white table", (250, 250, 250), (250, 250, 250), 6),
    ("black table", (20, 20, 20), (20, 20, 20), 6),
    ("wood", (96, 74, 58), (150, 120, 90), 9),
    ("blue and white cloth", (235, 235, 235), (60, 60, 140), 10),
    ("cream and red cloth", (200, 190, 180), (120, 40, 40), 14),
)
# The mandate in every way; the other two share the ways between them: a test must stay short.
_PART = {"signed_mandate": slice(None), "ktp": slice(0, None, 2), "passbook": slice(1, None, 2)}


def labelled() -> Iterator[tuple[str, str, str, Image.Image]]:
    """(kind of paper, label, how it was made, the picture): each paper spoiled in each way, and flat scans."""
    papers = {"signed_mandate": sheets(mandate_pdf())[-1], "ktp": card(), "passbook": book()}
    for kind, flat in papers.items():
        yield kind, "", "flat scan", as_sent(flat)
        photo = noisy(on_table(lit(flat, (222, 218, 208))))
        yield kind, "", "JPEG 30", as_sent(photo, 30)
        for name, *cloth in CLOTHS:
            yield kind, "", name, as_sent(noisy(on_cloth(lit(flat, (222, 218, 208)), *cloth)))
        for label, how, spoil in SPOILED[_PART[kind]]:
            yield kind, label, how, as_sent(spoil(photo))
