"""Looks at one kept paper in a process of its own: plain numbers about each page, and what its QR codes say.

Started by registry.looking as a plain script (`python -I -B paper_child.py JOB`), with the paper on standard input and
the answer on standard output: one line of JSON. JOB is JSON: format (jpeg or pdf), codes (whether QR codes are wanted),
max_pages, seconds, memory. It imports nothing of the project but the limits of its sibling, and decides nothing: what
the numbers mean is said by sponsorship.rules.paper_checks.
"""

import importlib.util
import itertools
import json
import os
import sys
from pathlib import Path
from typing import Any

WORK_SIDE = (
    1200  # every page is measured at this size: blur counts by what can be read, not by the camera's pixels
)
PDF_SIDE = 2000
TILE = 40
CELL = 12
CODE_SIDES = (0, 1600, 1100, 2400)  # 0: as it is; a code that fails at one size is often read at another
LONGEST_CODE = 200
STEEPEST = 20
LONGEST_STROKE = 28
MOST_WRITTEN = 0.42  # share of a line of writing that is ink; the stripes of a cloth have half
BOX = 4  # PIL.Image.Resampling.BOX, as a number: PIL is not loaded yet


def sibling() -> Any:
    """registry/intake_child.py, by its place: in isolated mode no folder of the project is on the path."""
    place = importlib.util.spec_from_file_location(
        "intake_child", Path(__file__).with_name("intake_child.py")
    )
    if place is None or place.loader is None:
        raise ImportError("intake_child.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


def pages_of(data: bytes, job: dict[str, Any], intake: Any) -> Any:
    """Each page in grey, one after the other: ten decoded pages at once would meet the memory limit."""
    if job["format"] == "jpeg":
        yield intake.open_image(data, "jpeg").convert("L")
        return
    import pypdfium2

    with pypdfium2.PdfDocument(data) as document:
        for number in range(min(len(document), job["max_pages"])):
            page = document[number]
            scale = PDF_SIDE / max(page.get_size())
            bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False, draw_annots=False)
            yield bitmap.to_pil().convert("L")
            page.close()


def look_at(grey: Any, wants_codes: bool) -> dict[str, Any]:
    work = grey.copy()
    work.thumbnail((WORK_SIDE, WORK_SIDE), reducing_gap=2.0)
    ink, light = ink_of(work), light_of(work)
    return {
        "width": grey.width,
        "height": grey.height,
        **light,
        "sharpness": sharpness_of(work),
        "edge_ink": edge_ink_of(work, ink, light["typical"]),
        "tilt": tilt_of(ink),
        "codes": codes_of(grey) if wants_codes else [],
    }


def percentile(histogram: list[int], share: float) -> int:
    left = sum(histogram) * share
    for level, count in enumerate(histogram):
        left -= count
        if left <= 0:
            return level
    return len(histogram) - 1


def light_of(work: Any) -> dict[str, Any]:
    """`paper`: level (0 to 255) that a tenth of the picture passes; `ink`: level of its darkest two hundredth;
    `burnt`: share of the picture that is white and enclosed by what is not; `typical`: middle level of what is as
    light as paper; `filled`: share of the picture that is not much darker than its lightest part."""
    histogram = work.histogram()
    paper = percentile(histogram, 0.90)
    cells = work.reduce(CELL)
    levels = sorted(cells.tobytes())
    floor, brightest = 0.6 * levels[len(levels) * 3 // 4], levels[len(levels) * 49 // 50]
    light = [level for level in levels if level >= floor]
    return {
        "paper": paper,
        "ink": percentile(histogram, 0.005),
        "burnt": round(enclosed_white(cells) / len(levels), 4),
        "typical": light[len(light) // 2],
        "filled": round(sum(level >= 0.6 * brightest for level in levels) / len(levels), 3),
    }


def enclosed_white(cells: Any) -> int:
    """White cells that are not joined to the edge of the picture: the bed of a scanner and a white table are."""
    from PIL import Image, ImageDraw

    white = Image.new("L", (cells.width + 2, cells.height + 2), 255)
    white.paste(cells.point(lambda level: 255 if level >= 247 else 0), (1, 1))
    ImageDraw.floodfill(white, (0, 0), 128)
    return white.tobytes().count(255)


def ink_of(work: Any) -> Any:
    """What is clearly darker than the paper around it, as a picture of 0 and 255."""
    from PIL import Image, ImageChops, ImageFilter

    around = work.reduce(8).filter(ImageFilter.MaxFilter(5)).resize(work.size, Image.Resampling.BILINEAR)
    paper = max(percentile(work.histogram(), 0.90), 1)
    floor = max(14, paper * 22 // 100)
    return ImageChops.subtract(around, work).point(lambda level: 255 if level >= floor else 0)


def sharpness_of(work: Any) -> float:
    """How much of the picture's fine change a blur takes away, 0 (it was blurred already) to 1, in the direction that
    is worse; only where something is drawn. After F. Crete et al., The blur effect, SPIE 6492 (2007)."""
    from PIL import ImageFilter

    return round(
        min(
            _kept(work, work.filter(ImageFilter.BoxBlur((4, 0))), (1, 0)),
            _kept(work, work.filter(ImageFilter.BoxBlur((0, 4))), (0, 1)),
        ),
        3,
    )


def _kept(work: Any, blurred: Any, step: tuple[int, int]) -> float:
    from PIL import ImageChops

    change = ImageChops.difference(work, ImageChops.offset(work, *step))
    left = ImageChops.difference(blurred, ImageChops.offset(blurred, *step))
    lost = ImageChops.subtract(change, left)
    tiles = sorted(zip(_tiles(change), _tiles(lost), strict=True), reverse=True)
    fifth = max(1, len(tiles) // 5)
    # Where nothing is drawn there is noise only, and as much of it lies over the writing: it looks sharp and is not.
    whole, part = (
        sum(tile[n] for tile in tiles[:fifth]) - sum(tile[n] for tile in tiles[-fifth:]) for n in (0, 1)
    )
    return max(0.0, part / whole) if whole > 0.5 * fifth else 0.0


def _tiles(picture: Any) -> list[float]:
    inner = picture.crop((2, 2, picture.width - 2, picture.height - 2)).convert("F").reduce(TILE)
    return [inner.getpixel((x, y)) for y in range(inner.height) for x in range(inner.width)]


def edge_ink_of(work: Any, ink: Any, typical: int) -> float:
    """The most strokes that any one side of the picture cuts through, per 1,000 pixels of that side.

    Where the sheet itself is cut, that side is mostly paper, as light as the rest of it; a cloth is not."""
    paper = work.point(lambda level: 255 if 0.75 * typical <= level <= 1.2 * typical else 0)
    width, height = work.size
    deep = max(4, max(width, height) // 100)
    sides = (
        ((0, 0, width, deep), (width, 1)),
        ((0, height - deep, width, height), (width, 1)),
        ((0, 0, deep, height), (1, height)),
        ((width - deep, 0, width, height), (1, height)),
    )
    lines = (
        tuple(each.crop(box).resize(size, BOX).tobytes() for each in (ink, paper)) for box, size in sides
    )
    return round(max(strokes(*line) for line in lines), 1)


def strokes(ink: bytes, paper: bytes) -> float:
    """Short dark runs with paper on both sides; a long one, or one on the table, is the edge of something."""
    found, begin, dark = 0, -1, 0
    for place, level in enumerate(ink):
        if level >= 48:
            begin = place if begin < 0 else begin
            continue
        if begin >= 1 and place - begin <= LONGEST_STROKE and paper[begin - 1] > 127 < paper[place]:
            found += 1
            dark += place - begin
        begin = -1
    light = sum(level > 127 for level in paper)
    return (
        found * 1000 / len(ink) if dark <= MOST_WRITTEN * (dark + light) and light >= len(ink) // 4 else 0.0
    )


def tilt_of(ink: Any) -> int:
    """Degrees by which lines of writing lean (at most STEEPEST); 0 when there are no lines to be seen."""
    small = ink.copy()
    small.thumbnail((480, 480))
    scores = {angle: _rows(small.rotate(angle)) for angle in range(-STEEPEST, STEEPEST + 1)}
    best = max(scores, key=lambda angle: (scores[angle], -abs(angle)))
    middle = sorted(scores.values())[len(scores) // 2]
    return -best if middle > 0 and scores[best] > 1.8 * middle else 0


def _rows(small: Any) -> float:
    """High when rows of ink and of paper take turns."""
    across = small.width // 8
    rows = (
        small.crop((across, 0, small.width - across, small.height)).resize((1, small.height), BOX).tobytes()
    )
    return sum((upper - lower) ** 2 for upper, lower in itertools.pairwise(rows))


def codes_of(grey: Any) -> list[str]:
    """The texts of the QR codes on the page; a code the phone caught badly is tried at other sizes and contrasts."""
    import zxingcpp
    from PIL import Image, ImageFilter, ImageOps

    wanted = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)

    def read(picture: Any) -> list[str]:
        found = zxingcpp.read_barcodes(picture, formats=wanted)
        return sorted({code.text[:LONGEST_CODE] for code in found if code.text})

    for side in CODE_SIDES:
        picture = grey
        if side:
            scale = side / max(grey.size)
            picture = grey.resize(
                (round(grey.width * scale), round(grey.height * scale)), Image.Resampling.BICUBIC
            )
        for tried in (picture, ImageOps.autocontrast(picture.filter(ImageFilter.UnsharpMask(4, 250, 0)))):
            if texts := read(tried):
                return texts
    return []


def main() -> None:
    job = json.loads(sys.argv[1])
    answer_to = os.dup(1)
    os.dup2(2, 1)  # whatever a library prints must not reach the answer
    intake = sibling()
    intake.limit_this_process(job)
    try:
        data = sys.stdin.buffer.read()
        pages = [look_at(page, job["codes"]) for page in pages_of(data, job, intake)]
        answer: dict[str, Any] = {"pages": pages}
    except MemoryError:
        answer = {"refused": "too_heavy"}
    except Exception as problem:  # whatever a decoder raises on a broken file
        answer = {"refused": "broken", "problem": type(problem).__name__}
    with open(answer_to, "wb") as out:
        out.write(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    main()
