import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.http import HttpResponse

from opd_admin.bench.client import Answer
from opd_admin.bench.counting import HEADER, CountQueries
from opd_admin.bench.figures import at_most, table
from opd_admin.bench.pages import measure_pages
from opd_admin.bench.weight import Scale
from opd_admin.management.commands import bench
from registry.queries import city

SHAPE = {"name": str, "value": float, "unit": str, "against": float, "ratio": float, "goal": str, "met": bool}
ONE = at_most("one", 5, "ms", 10, 1)


@pytest.fixture
def bench_file(settings, tmp_path) -> Path:
    settings.VAR_DIR = tmp_path
    return tmp_path / "bench.json"


def assert_figures(figures: list[dict]) -> None:
    for figure in figures:
        assert figure.keys() == SHAPE.keys(), figure
        for key, kind in SHAPE.items():
            assert isinstance(figure[key], (int, float) if kind is float else kind), (key, figure)
        assert figure["goal"].startswith(("<= ", ">= "))


def test_bench_leaves_figures_of_the_agreed_shape(db, bench_file):
    call_command("bench", only="build", mandates=20, stdout=io.StringIO())
    figures = json.loads(bench_file.read_text())
    assert [figure["unit"] for figure in figures] == ["s"]
    assert_figures(figures)


def test_a_measurement_that_fails_says_why_and_the_others_go_on(db, bench_file, monkeypatch):
    def broken():
        raise ValueError("no paper left")

    monkeypatch.setattr(bench, "measure_mandate", broken)
    monkeypatch.setattr(bench, "measure_build", lambda count: [ONE])
    monkeypatch.setattr(bench, "measure_writer", list)
    monkeypatch.setattr(bench, "measure_collection", lambda lines, city, look, say: [])
    monkeypatch.setattr(bench, "measure_pages", lambda say, rounds: [])
    said = io.StringIO()
    with pytest.raises(CommandError, match="mandate"):
        call_command("bench", stdout=said)
    assert "not measured: ValueError: no paper left" in said.getvalue()
    assert json.loads(bench_file.read_text()) == [ONE]


def test_a_missed_goal_is_told_and_is_no_failure(db, bench_file, monkeypatch):
    monkeypatch.setattr(bench, "measure_build", lambda count: [at_most("slow thing", 30, "s", 10, 2), ONE])
    said = io.StringIO()
    call_command("bench", only="build", stdout=said)
    assert "1 of 2 goals met.\n  MISSED: slow thing\n" in said.getvalue()


def test_bench_is_refused_in_production(db, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="produksi"):
        call_command("bench")


def test_a_figure_is_met_up_to_its_goal_and_missed_above():
    met, missed = at_most("x", 30, "ms", 10, 3), at_most("x", 30.1, "ms", 10, 3)
    assert (met["ratio"], met["goal"], met["met"], missed["met"]) == (3.0, "<= 3", True, False)


def test_the_table_shows_each_figure_on_a_line_of_its_own():
    head, rule, line = table([ONE]).splitlines()
    assert head.split() == list(SHAPE)
    assert set(rule) == {"─"}
    assert line.split() == ["one", "5", "ms", "10", "0.5", "<=", "1", "yes"]


@pytest.mark.parametrize("times", [0, 3])
def test_statements_of_an_answer_are_counted_in_its_header(db, rf, times):
    def view(request):
        for _ in range(times):
            city()
        return HttpResponse()

    assert CountQueries(view)(rf.get("/")).headers[HEADER] == str(times)


def test_a_page_weighs_what_it_names_once_and_no_scans(monkeypatch):
    files = {
        "/static/a.css": b"@font-face{src:url('f.woff2')} b{background:url(data:image/png;base64,AA)}",
        "/static/f.woff2": b"12345",
        "/static/a.js": b"123",
        "/static/i.svg": b"12",
    }
    page = """<link rel=stylesheet href=/static/a.css><script src=/static/a.js></script>
      <img src=/static/i.svg><img src=/static/i.svg#again><img src=/saya/berkas/1/1/><a href=/static/other.pdf>x</a>"""
    scale = Scale("http://127.0.0.1:1")

    def answer(path, form=None, accept=""):
        return Answer(200, files[path], 0, 0.0, "", "identity")

    monkeypatch.setattr(scale.client, "ask", answer)
    assert scale.beside("/daftar/", page) == sum(len(content) for content in files.values())


@pytest.mark.journey
def test_every_page_is_measured_under_the_products_own_gunicorn(committed_db, bench_file):
    call_command("demo_state", stdout=io.StringIO())
    figures = measure_pages(rounds=1)
    assert_figures(figures)
    names = {figure["name"].split(":")[0] for figure in figures}
    assert {"start page", "kontak", "kode", "diri", "periksa", "unggah", "kirim", "status"} <= names
    assert [figure["name"] for figure in figures if "queries" in figure["name"] and not figure["met"]] == []
    assert [figure["name"] for figure in figures if "HTML" in figure["name"] and not figure["met"]] == []


@pytest.mark.journey
def test_the_offices_pages_take_no_more_statements_for_more_lines(alone_in_database, bench_file):
    call_command("bench", only="collection", lines=90, city=0, stdout=io.StringIO())
    figures = json.loads(bench_file.read_text())
    assert_figures(figures)
    pages = {figure["name"].split(":")[0]: figure for figure in figures if figure["unit"] == "queries"}
    assert {"batch", "lines of a batch", "month board"} <= set(pages)
    assert [name for name, figure in pages.items() if not figure["met"]] == []
