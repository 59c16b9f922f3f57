"""Make the web font: a small variable WOFF2 subset of Plus Jakarta Sans, cut from the installed package."""

import importlib.resources
import io
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

PACKAGE = "fontpkg_plus_jakarta_sans"
WEIGHTS = (400, 800)
# Basic Latin, the accents that occur in Indonesian names, and the punctuation and arrows of our own pages.
CHARACTERS = "".join(map(chr, range(0x20, 0x7F))) + "\u00a0©°·×áèéêëíóöüçñ–—‘’“”•…→←−"
# Slow-line budget: the one font of a donor's page.
LARGEST_BYTES = 15 * 1024


def web_font(source: bytes) -> bytes:
    """WOFF2 bytes from a variable TrueType `source`: our characters, weights 400-800, kern, tabular figures."""
    font = instancer.instantiateVariableFont(TTFont(io.BytesIO(source)), {"wght": WEIGHTS})
    # The instancer leaves its tables half loaded; the subsetter needs them whole.
    plain = io.BytesIO()
    font.save(plain)
    plain.seek(0)
    font = TTFont(plain)
    options = subset.Options(hinting=False, notdef_outline=True, layout_features=["kern", "tnum"])
    subsetter = subset.Subsetter(options)
    subsetter.populate(text=CHARACTERS)
    subsetter.subset(font)
    font.flavor = "woff2"
    packed = io.BytesIO()
    font.save(packed)
    return packed.getvalue()


class Command(BaseCommand):
    help = "Writes fonts/plus-jakarta-sans.woff2 and its licence below VAR_DIR/static-built, if missing."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--force", action="store_true", help="build again even when the file is there")

    def handle(self, *args: Any, force: bool = False, **options: Any) -> None:
        folder = Path(settings.VAR_DIR) / "static-built" / "fonts"
        target = folder / "plus-jakarta-sans.woff2"
        if target.exists() and not force:
            return
        package = importlib.resources.files(PACKAGE)
        content = web_font((package / "files" / "PlusJakartaSans[wght].ttf").read_bytes())
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "plus-jakarta-sans.LICENSE.txt").write_bytes((package / "LICENSE").read_bytes())
        # Under another name first: a cut write must not leave half a font that later starts would keep.
        unfinished = target.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.replace(target)
        self.stdout.write(f"{target} ({len(content)} bytes)")
