"""The steps of the donor's way, in order. Each knows when it applies and when it is complete, nothing of pages."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse

from sponsorship.actions.facts import facts_of
from sponsorship.models import Registration
from sponsorship.rules import completeness

# What the donor counts: several pages of one matter are one part ("Langkah 4 dari 7").
CONTACT, PERSON, ACCOUNT, WORKERS, AGREEMENT, SIGNATURE, PAPERS = range(1, 8)
PARTS = 7


class Progress:
    """How far a registration has come; None is somebody who has not proven a contact yet."""

    def __init__(self, registration: Registration | None) -> None:
        self.registration = registration

    @cached_property
    def facts(self) -> completeness.Facts:
        return facts_of(self.registration)

    @cached_property
    def missing(self) -> frozenset[str]:
        """Slugs of the steps whose answers are not all there (sponsorship.rules.completeness names them)."""
        return frozenset(gap.field for gap in completeness.gaps(self.facts))

    @property
    def proven(self) -> bool:
        return self.registration is not None


@dataclass(frozen=True)
class Step:
    """`title` is the question on the page; `waits`: later steps stay closed until this one is complete."""

    slug: str
    title: str
    part: int
    complete: Callable[[Progress], bool]
    applies: Callable[[Progress], bool] = lambda progress: progress.proven
    waits: bool = True

    @property
    def url(self) -> str:
        return reverse(f"wizard_{self.slug}")


def _has(slug: str) -> Callable[[Progress], bool]:
    return lambda progress: slug not in progress.missing


def _signed_paper(progress: Progress) -> bool:
    return progress.facts.mandate_fits and "signed_mandate" in progress.facts.papers


def _adds_workers(progress: Progress) -> bool:
    """A change covers those who run already; workers come and go without a new paper."""
    return progress.proven and not progress.facts.change


def _stranger(progress: Progress) -> bool:
    return not progress.proven


STEPS = (
    Step("kontak", "Ke mana kami kirim kode masuk?", CONTACT, lambda progress: progress.proven, _stranger),
    Step("kode", "Apa kode yang Anda terima?", CONTACT, lambda progress: progress.proven, _stranger),
    Step("diri", "Siapa Anda dan di mana Anda bekerja?", PERSON, _has(completeness.PERSON)),
    Step("rekening", "Rekening mana yang didebet?", ACCOUNT, _has(completeness.ACCOUNT)),
    Step("pekerja", "Siapa pekerja yang Anda lindungi?", WORKERS, _has(completeness.WORKERS), _adds_workers),
    Step("kepesertaan", "Perlindungan apa untuknya?", WORKERS, _has(completeness.COVER), _adds_workers),
    # Nothing is saved on these two; they are done when the paper fits, and done with when the paper is signed.
    Step("periksa", "Sudah benarkah semua jawaban Anda?", AGREEMENT, _has(completeness.MANDATE), waits=False),
    Step("persetujuan", "Apakah Anda setuju?", AGREEMENT, _has(completeness.MANDATE)),
    Step("cetak", "Cetak dan tanda tangani surat kuasa", SIGNATURE, _signed_paper, waits=False),
    Step("unggah", "Unggah surat kuasa, KTP, dan buku tabungan", PAPERS, _has(completeness.PAPERS)),
    Step("kirim", "Siap dikirim ke OPD?", PAPERS, lambda progress: False),
)
# Beside the way: reached from `periksa` only, and back to it.
TERMS = Step("ketentuan", "Mulai bulan apa, dan berapa batas tertingginya?", AGREEMENT, lambda progress: True)

BY_SLUG = {step.slug: step for step in (*STEPS, TERMS)}


def first_open(progress: Progress) -> Step:
    """Where somebody who comes back goes on: the first step that applies and is not complete."""
    return next(step for step in STEPS if step.applies(progress) and not step.complete(progress))


def barrier(step: Step, progress: Progress) -> Step | None:
    """The earlier step that must be completed before `step` opens, or None when it is open."""
    before = STEPS[: STEPS.index(BY_SLUG["periksa"] if step is TERMS else step)]
    closed = (s for s in before if s.waits and s.applies(progress) and not s.complete(progress))
    return next(closed, None)


def following(step: Step, progress: Progress) -> Step:
    return next(s for s in STEPS[STEPS.index(step) + 1 :] if s.applies(progress))


def preceding(step: Step, progress: Progress) -> Step | None:
    if step is TERMS:
        return BY_SLUG["periksa"]
    earlier = [s for s in STEPS[: STEPS.index(step)] if s.applies(progress)]
    return earlier[-1] if earlier else None
