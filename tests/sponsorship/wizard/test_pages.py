"""What every page of the way has in common, read from its HTML: headings, help, keyboards, errors, and the effort."""

import pytest
from django.test import Client
from lxml import html

from sponsorship.wizard.steps import BY_SLUG, PARTS
from tests import at_state
from tests.cast import RARA, SUTINI
from tests.sponsorship.wizard.walk import (
    STEPS,
    Walk,
    account_answers,
    errors_of,
    person_answers,
    sitting,
    worker_answers,
)

pytestmark = pytest.mark.django_db
LATER = "Simpan dan lanjutkan nanti"
# The keyboard that a phone shows for a field, and what it may fill in by itself.
KEYBOARDS = {
    "email": ("email", "email", "email"),
    "phone": ("tel", "tel", "tel"),
    "code": ("text", "numeric", "one-time-code"),
    "nip": ("text", "numeric", None),
    "nik": ("text", "numeric", None),
    "account": ("text", "numeric", "off"),
    "account_again": ("text", "numeric", "off"),
    "ceiling": ("text", "numeric", "off"),
}


@pytest.fixture
def pages(quick_way) -> dict[str, html.HtmlElement]:
    return {slug: html.fromstring(content) for slug, content in quick_way.items()}


@pytest.fixture
def quick_way(quick_papers) -> dict[str, bytes]:
    """Every page of the way, in order, as its donor meets it."""
    client = Client()
    found = {"kontak": client.get(f"{STEPS}kontak/").content}
    client.post(f"{STEPS}kontak/", {"channel": "email", "email": "lain@contoh.example"})
    found["kode"] = client.get(f"{STEPS}kode/").content
    made = at_state.printed(RARA).registration
    own = made.sponsorships.get()
    places = {"kepesertaan": f"kepesertaan/{own.pk}", "tambah": "pekerja/tambah"}
    walk = sitting(made)
    slugs = [
        "diri",
        "rekening",
        "pekerja",
        "tambah",
        "kepesertaan",
        "periksa",
        "ketentuan",
        "persetujuan",
        "cetak",
    ]
    for slug in [*slugs, "unggah"]:
        found[slug] = walk.client.get(f"{STEPS}{places.get(slug, slug)}/").content
    return found


def words(element) -> str:
    return " ".join(element.text_content().split())


def test_every_step_is_one_question_with_its_place_on_the_way_and_the_help(pages):
    titles = set()
    for slug, page in pages.items():
        [heading] = page.xpath("//h1")
        assert words(heading), slug
        [place] = page.xpath("//p[@class='step']")
        part = BY_SLUG["pekerja" if slug == "tambah" else slug].part
        assert words(place) == f"Langkah {part} dari {PARTS}", slug
        assert page.xpath("//a[contains(@class, 'back-link')]"), slug
        assert page.get("lang") == "id", slug
        assert "Perlu bantuan?" in words(page.xpath("//aside")[0]), slug
        assert page.xpath("//main//form[@novalidate]"), slug
        titles.add(words(page.xpath("//title")[0]))
    assert len(titles) == len(pages)


def test_every_step_but_the_first_two_can_be_left_for_later(pages):
    offered = {slug for slug, page in pages.items() if LATER in words(page)}
    assert offered == set(pages) - {"kontak", "kode"}


def test_no_label_has_an_asterisk_and_only_optional_fields_say_so(pages):
    optional = set()
    for slug, page in pages.items():
        for label in page.xpath("//label | //legend"):
            assert "*" not in words(label), (slug, words(label))
            if "(opsional)" in words(label):
                optional.add((slug, label.get("for")))
    assert {field for slug, field in optional if slug != "unggah"} == {"id_phone"}


def test_every_field_calls_the_right_keyboard_and_none_is_of_type_number(pages):
    seen = set()
    for page in pages.values():
        assert not page.xpath("//input[@type='number' or @type='date']")
        for name, expected in KEYBOARDS.items():
            for control in page.xpath(f"//input[@name='{name}']"):
                found = (control.get("type"), control.get("inputmode"), control.get("autocomplete"))
                assert found[:2] == expected[:2] and expected[2] in (None, found[2], "tel"), (name, found)
                seen.add(name)
    assert seen == set(KEYBOARDS)


def test_every_input_has_a_label_or_a_legend(pages):
    for slug, page in pages.items():
        for control in page.xpath("//main//input[not(@type='hidden')] | //main//select"):
            assert page.xpath(f"//label[@for='{control.get('id')}']"), (slug, control.get("name"))


EMPTY = {
    f"{STEPS}diri/": person_answers,
    f"{STEPS}rekening/": account_answers,
    f"{STEPS}pekerja/tambah/": lambda person: worker_answers(SUTINI),
    f"{STEPS}ketentuan/": lambda person: {"wished_start": "besok", "ceiling": ""},
    f"{STEPS}persetujuan/": lambda person: {},
}


@pytest.mark.parametrize("path", EMPTY)
def test_each_error_stands_on_top_with_a_link_to_its_field_and_in_the_same_words_there(path):
    walk = sitting(at_state.draft(RARA))
    wrong = dict.fromkeys(EMPTY[path](RARA), "")
    answer = walk.client.post(path, wrong if "ketentuan" not in path else EMPTY[path](RARA))
    page, told = html.fromstring(answer.content), errors_of(answer)
    assert told and words(page.xpath("//title")[0]).startswith("Kesalahan: ")
    [summary] = page.xpath("//div[@class='error-summary'][@role='alert'][@autofocus]")
    for link in summary.xpath(".//a"):
        [field] = page.xpath(f"//*[@id='{link.get('href').removeprefix('#')}']")
        assert any(words(link) in messages for messages in told.values())
        beside = field.xpath("ancestor::*[contains(@class, 'field-error')]")[-1:]
        assert beside and words(link) in words(beside[0]), words(link)
    assert len(summary.xpath(".//a")) == sum(map(len, told.values()))


# What a person must do by hand from the start page to the printed mandate, without an OPD's link.
TYPED = ("text", "email", "tel")


def test_a_first_registration_costs_ten_short_texts_and_five_choices():
    """By hand: about two minutes of typing on a phone and one of choosing; a second registration: see test_entry."""
    walk, texts, choices = Walk(), [], []

    def effort(slug: str) -> None:
        page = html.fromstring(walk.client.get(f"{STEPS}{slug}/").content)
        texts.extend(
            control.get("name")
            for control in page.xpath("//main//input[not(@value) or @value='']")
            if control.get("type") in TYPED and not _may_stay_empty(page, control)
        )
        for name in dict.fromkeys(page.xpath("//main//input[@type='radio' or @type='checkbox']/@name")):
            if not page.xpath(f"//input[@name='{name}'][@checked]"):
                choices.append(name)
        for control in page.xpath("//main//select"):
            if not control.xpath(".//option[@selected][@value!='']") and "wished" not in control.get("name"):
                choices.append(control.get("name"))

    effort("kontak")
    walk.to("kode")
    effort("kode")
    walk.code()
    effort("diri")
    walk.me()
    effort("rekening")
    walk.account()
    effort("pekerja/tambah")
    cover = walk.worker(SUTINI)["Location"]
    effort(cover.removeprefix(STEPS).removesuffix("/"))
    walk.cover(SUTINI)
    walk.post("pekerja", {})
    effort("periksa")
    walk.post("periksa", {})
    effort("persetujuan")
    # One of e-mail and phone is filled in, never both.
    texts.remove("phone")
    assert texts == [
        "email",
        "code",
        "name",
        "nip",
        "position",
        "account",
        "account_again",
        "name",
        "nik",
        "workplace",
    ]
    assert choices == ["opd", "situation", "occupation", "kelurahan", "agree"]


def _may_stay_empty(page, control) -> bool:
    return bool(page.xpath(f"//label[@for='{control.get('id')}']/span[@class='optional']"))
