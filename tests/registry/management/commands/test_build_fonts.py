import io
from pathlib import Path

from django.core.management import call_command
from fontTools.ttLib import TTFont

from registry.management.commands.build_fonts import CHARACTERS, LARGEST_BYTES

FONT = Path("static-built/fonts/plus-jakarta-sans.woff2")


def build(folder: Path, settings, **options) -> str:
    settings.VAR_DIR = folder
    out = io.StringIO()
    call_command("build_fonts", stdout=out, **options)
    return out.getvalue()


def test_the_built_font_is_small_variable_and_has_every_character_of_our_pages(tmp_path, settings):
    build(tmp_path, settings)
    font = TTFont(tmp_path / FONT)
    assert (tmp_path / FONT).stat().st_size <= LARGEST_BYTES
    assert set(map(ord, CHARACTERS)) <= set(font.getBestCmap())
    [weight] = font["fvar"].axes
    assert (weight.axisTag, weight.minValue, weight.maxValue) == ("wght", 400, 800)
    assert "tnum" in {record.FeatureTag for record in font["GSUB"].table.FeatureList.FeatureRecord}
    licence = (tmp_path / FONT).with_name("plus-jakarta-sans.LICENSE.txt")
    assert "Open Font License" in licence.read_text(encoding="utf-8")


def test_a_second_run_keeps_the_font_and_force_builds_it_again(tmp_path, settings):
    build(tmp_path, settings)
    (tmp_path / FONT).write_bytes(b"kept")
    assert build(tmp_path, settings) == ""
    assert (tmp_path / FONT).read_bytes() == b"kept"
    assert "plus-jakarta-sans.woff2" in build(tmp_path, settings, force=True)
    assert (tmp_path / FONT).read_bytes()[:4] == b"wOF2"
