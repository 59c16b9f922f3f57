"""The thresholds against labelled pictures, and what a QR on a page means."""

from collections import Counter

import pytest

from registry.looking import PageLook
from registry.rules.documents import DocumentKind
from sponsorship.rules.mandate import mandate_reference, qr_text
from sponsorship.rules.paper_checks import (
    NO_CODE,
    Hint,
    Qr,
    Seen,
    SeenPage,
    Wanted,
    as_seen,
    code_is_missing,
    code_is_right,
    compared_code,
    compared_photos,
    hints_of,
    read_codes,
    to_keep,
    told_hints,
    wrong_paper,
)
from tests import photos

pytestmark = pytest.mark.real_papers

OURS, THEIRS = "K7M2P4TX", "B3D4F5G6"
GOOD, FORGED = "9F86D081884C7D65", "9F86D081884C7D66"
WANTED = Wanted(mandate_reference(OURS, 2), 2, GOOD)


def code(lineage: str = OURS, version: int = 2, checksum: str = GOOD) -> str:
    return qr_text(mandate_reference(lineage, version), version, checksum)


def seen(*pages: SeenPage) -> Seen:
    return Seen(pages, looked=True)


# Hints


def test_labelled_photos_raise_their_own_hint_and_good_ones_none(capsys):
    """Misses and false alarms on the labelled pictures: the table is printed (pytest -s)."""
    shown, hit, stray = Counter(), Counter(), Counter()
    wrong = []
    for kind, label, how, picture in photos.labelled():
        measured = PageLook(**photos.child().look_at(picture, False))
        found = [str(hint) for hint in hints_of(DocumentKind(kind), measured)]
        shown[label] += 1
        hit[label] += label in found or (not label and not found)
        stray[label] += any(hint != label for hint in found)
        if found != ([label] if label else []):
            wrong.append(f"{kind}, {how}: {found}")
    with capsys.disabled():
        print(f"\n{'label':10}{'pictures':>10}{'missed':>8}{'other hints':>13}")
        for label in sorted(shown):
            print(f"{label or 'good':10}{shown[label]:10}{shown[label] - hit[label]:8}{stray[label]:13}")
        print("\n".join(wrong))
    assert shown[""] >= 40
    assert stray[""] <= 1, wrong
    assert sum(shown.values()) - sum(hit.values()) <= 2, wrong
    assert sum(stray.values()) == stray[""], wrong


def measured(**changes) -> PageLook:
    good = {"width": 1200, "height": 1600, "paper": 220, "ink": 40, "burnt": 0.0, "typical": 215, "filled": 0.9,
            "sharpness": 0.8, "edge_ink": 0.0, "tilt": 0}  # fmt: skip
    return PageLook(**{**good, **changes})


@pytest.mark.parametrize(
    ("changes", "hints"),
    [
        ({}, ()),
        ({"paper": 79}, (Hint.DARK,)),
        ({"typical": 250, "ink": 160}, (Hint.PALE,)),
        ({"typical": 250, "ink": 60}, ()),  # a scan: white paper, black ink
        ({"burnt": 0.02}, (Hint.GLARE,)),
        ({"burnt": 0.02, "typical": 250}, ()),
        ({"sharpness": 0.36}, (Hint.BLURRED,)),
        ({"edge_ink": 2.0}, (Hint.CUT_OFF,)),
        ({"tilt": -7}, (Hint.TILTED,)),
        ({"filled": 0.19}, (Hint.SMALL,)),
        ({"filled": 0.19, "paper": 60}, (Hint.SMALL,)),  # what is dark there is the table
        ({"paper": 60, "sharpness": 0.1}, (Hint.DARK, Hint.BLURRED)),
    ],
)
def test_each_measure_has_its_hint(changes, hints):
    assert hints_of(DocumentKind.SIGNED_MANDATE, measured(**changes)) == hints


@pytest.mark.parametrize(("kind", "enough"), [("signed_mandate", 900), ("ktp", 700), ("passbook", 700)])
def test_a_page_of_writing_needs_more_pixels_than_a_card(kind, enough):
    assert hints_of(DocumentKind(kind), measured(width=600, height=enough)) == ()
    assert hints_of(DocumentKind(kind), measured(width=600, height=enough - 1)) == (Hint.SMALL,)


def test_every_hint_leaves_the_decision_to_the_donor():
    for hint in Hint:
        assert "tampak" in hint.told.lower() and "Bila" in hint.told, hint
        assert hint.short


def test_hints_of_several_pages_name_the_pages():
    paper = seen(SeenPage((Hint.BLURRED,)), SeenPage(), SeenPage((Hint.BLURRED, Hint.DARK)))
    dark, blurred = told_hints(paper)
    assert dark.startswith("Halaman 3: Foto ini tampak gelap.")
    assert blurred.startswith("Halaman 1 dan 3: Foto ini tampak buram.")
    assert told_hints(seen(SeenPage((Hint.BLURRED,)))) == [Hint.BLURRED.told]
    assert told_hints(seen(SeenPage())) == []


# The QR


@pytest.mark.parametrize(
    ("texts", "verdict"),
    [
        ([], (None, 0)),
        (["https://contoh.example", "SK1:rusak", "1234"], (None, 0)),
        ([code()], (Qr.RIGHT, 0)),
        ([code().lower()], (Qr.RIGHT, 0)),
        ([code(version=1)], (Qr.OLDER, 1)),
        ([code(version=3)], (Qr.OTHER, 0)),
        ([code(checksum=FORGED)], (Qr.ALTERED, 0)),
        ([code(THEIRS)], (Qr.OTHER, 0)),
        ([code(THEIRS, 2, GOOD)], (Qr.OTHER, 0)),
        ([code(), code(version=1)], (Qr.OLDER, 1)),
        ([code(version=1), code(THEIRS)], (Qr.OTHER, 0)),
        (["https://contoh.example", code()], (Qr.RIGHT, 0)),
    ],
)
def test_what_the_codes_of_a_page_say(texts, verdict):
    assert read_codes(texts, WANTED) == verdict


def test_an_older_version_is_named_with_the_one_that_counts_and_what_to_do():
    finding = wrong_paper(seen(SeenPage(), SeenPage((), Qr.OLDER, 1)), 2)
    assert finding.code == "older_mandate"
    assert finding.message.startswith("Ini surat kuasa versi 01; yang berlaku versi 02. Cetak yang terbaru")


@pytest.mark.parametrize(
    ("verdict", "words"), [(Qr.OTHER, "Ini bukan surat kuasa"), (Qr.ALTERED, "tidak sama")]
)
def test_a_wrong_paper_is_said_in_words_that_name_nobody(verdict, words):
    message = wrong_paper(seen(SeenPage((), verdict)), 2).message
    assert words in message
    assert OURS not in message and THEIRS not in message


@pytest.mark.parametrize(
    "paper", [seen(SeenPage((), Qr.RIGHT)), seen(SeenPage()), Seen(looked=True, unread=True), Seen()]
)
def test_the_right_code_and_no_code_are_no_reason_to_stop(paper):
    assert wrong_paper(paper, 2) is None


def test_a_missing_code_is_told_only_when_every_sheet_was_looked_at():
    blank, right = seen(SeenPage()), seen(SeenPage((), Qr.RIGHT))
    assert code_is_missing([blank, blank])
    assert not code_is_missing([blank, Seen()])
    assert not code_is_missing([blank, right])
    assert not code_is_missing([])
    assert code_is_right([blank, right])
    assert not code_is_right([right, seen(SeenPage((), Qr.OLDER, 1))])
    assert not code_is_right([blank])
    assert "tetap dapat dikirim" in NO_CODE


@pytest.mark.parametrize(
    ("sheets", "fits", "words"),
    [
        ([seen(SeenPage()), seen(SeenPage((), Qr.RIGHT))], True, ""),
        ([seen(SeenPage((), Qr.RIGHT)), seen(SeenPage((), Qr.OTHER))], False, "milik surat lain"),
        ([seen(SeenPage((), Qr.ALTERED))], False, "tidak sama dengan data"),
        ([seen(SeenPage((), Qr.OLDER, 1))], False, "lebih lama"),
        ([seen(SeenPage())], False, "tidak terbaca"),
    ],
)
def test_the_verifier_reads_whether_the_code_fits_and_why_not(sheets, fits, words):
    row = compared_code(sheets)
    assert (row.field, row.fits) == ("qr", fits)
    assert words in row.words


def test_nothing_is_compared_before_somebody_has_looked():
    assert (
        compared_code([Seen()])
        is compared_code([])
        is compared_photos([Seen()])
        is compared_photos([])
        is None
    )


def test_the_verifier_reads_which_photo_looks_hard_to_read():
    two = [seen(SeenPage()), seen(SeenPage((Hint.BLURRED, Hint.CUT_OFF)))]
    assert compared_photos(two).words == "Foto halaman 2 tampak buram, terpotong."
    assert compared_photos([seen(SeenPage((Hint.DARK,)))]).words == "Foto tampak gelap."
    assert compared_photos([seen(SeenPage())]).fits
    assert not compared_photos([Seen(looked=True, unread=True)]).fits


# What is kept


@pytest.mark.parametrize(
    "pages",
    [
        [],
        [SeenPage()],
        [SeenPage((Hint.DARK, Hint.GLARE), Qr.OLDER, 1), SeenPage((), Qr.RIGHT)],
    ],
)
def test_what_was_seen_is_read_back_as_it_was_kept(pages):
    assert as_seen(to_keep(pages), looked=True) == seen(*pages)


def test_a_paper_nobody_could_read_and_one_nobody_has_looked_at_are_told_apart():
    assert as_seen(to_keep(None), looked=True) == Seen((), True, True)
    assert as_seen({}, looked=False) == Seen()
