"""The month's money: what came in, what went out, and whether the collecting account agrees to the rupiah (I12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from registry.rules.finding import Finding
from sponsorship.rules.money import rupiah


class Kind(StrEnum):
    """An entry in the books of a month. Entries are only added; a correction is another entry (I16)."""

    COLLECTED = "collected"
    RETURNED = "returned"
    REFUNDED = "refunded"
    FEE = "fee"
    TOP_UP = "top_up"
    REMITTED = "remitted"
    WRITTEN_OFF = "written_off"


# What an entry does to the collecting account. A receivable that is given up moves no money.
SIGN = {
    Kind.COLLECTED: 1,
    Kind.RETURNED: -1,
    Kind.REFUNDED: -1,
    Kind.FEE: -1,
    Kind.TOP_UP: 1,
    Kind.REMITTED: -1,
    Kind.WRITTEN_OFF: 0,
}

LABEL = {
    Kind.COLLECTED: "Potongan berhasil",
    Kind.RETURNED: "Ditarik kembali oleh bank",
    Kind.REFUNDED: "Dikembalikan kepada donatur",
    Kind.FEE: "Biaya bank",
    Kind.TOP_UP: "Tambahan dana",
    Kind.REMITTED: "Disetor ke BPJS",
    Kind.WRITTEN_OFF: "Dihapuskan",
}


@dataclass(frozen=True)
class Books:
    """Sums of one month, all in whole rupiah and none below zero.

    `_before` and `_after` mean the remittance; `refunded` is before it. What went back after it leaves a hole, because
    BPJS has been paid: it is a receivable until the office fills it (`topped_up`) or gives it up (`written_off`).
    `topped_up` also replaces the bank's fees, which no donor pays. `receivables_open`: not yet settled. `in_bank`: what
    the statement explains, by kind, each counted in its own direction (SIGN). `unexplained`: statement lines without
    an explanation, each taken without its sign, so that two of them never hide each other.
    """

    collected: int = 0
    returned_before: int = 0
    returned_after: int = 0
    refunded: int = 0
    fees: int = 0
    topped_up: int = 0
    remitted: int = 0
    receivables_open: int = 0
    in_bank: Mapping[Kind, int] = field(default_factory=dict)
    unexplained: int = 0
    refunded_after: int = 0
    written_off: int = 0

    @property
    def to_remit(self) -> int:
        """What BPJS gets for the month: collected, less what had gone back by then."""
        return self.collected - self.returned_before - self.refunded

    @property
    def held(self) -> int:
        """Collected and not yet remitted."""
        return self.to_remit - self.remitted

    @property
    def balance(self) -> int:
        """What the collecting account should hold for this month; below zero when something has to be replaced."""
        return sum(SIGN[kind] * amount for kind, amount in self.entries().items())

    @property
    def fees_uncovered(self) -> int:
        """Fees that nobody has replaced yet; below zero when more was paid in than was missing."""
        filled = self.returned_after + self.refunded_after - self.receivables_open - self.written_off
        return self.fees + filled - self.topped_up

    def entries(self) -> dict[Kind, int]:
        """The sum of each kind that moves money."""
        return {
            Kind.COLLECTED: self.collected,
            Kind.RETURNED: self.returned_before + self.returned_after,
            Kind.REFUNDED: self.refunded + self.refunded_after,
            Kind.FEE: self.fees,
            Kind.TOP_UP: self.topped_up,
            Kind.REMITTED: self.remitted,
        }


def differences(books: Books) -> tuple[Finding, ...]:
    """Every rupiah that is not explained, as Indonesian sentences; none when books and account agree.

    Money that only waits for its remittance is no difference; `why_not_close` asks for it.
    """
    return (*differences_with_bank(books), *_within_the_books(books))


def differences_with_bank(books: Books) -> tuple[Finding, ...]:
    """The books against the statement of the collecting account."""
    found = [
        Finding(
            f"differs_{kind}",
            f"{LABEL[kind]}: di buku {rupiah(amount)}, di mutasi rekening {rupiah(in_bank)}.",
            kind,
        )
        for kind, amount in books.entries().items()
        if (in_bank := books.in_bank.get(kind, 0)) != amount
    ]
    if books.unexplained:
        found.append(
            Finding(
                "unexplained",
                f"{rupiah(books.unexplained)} pada mutasi rekening belum terjelaskan.",
                "unexplained",
            )
        )
    return tuple(found)


def _within_the_books(books: Books) -> tuple[Finding, ...]:
    found = []
    if (books.remitted and books.held) or books.held < 0:
        found.append(
            Finding(
                "remitted_differs",
                f"Setoran ke BPJS Ketenagakerjaan {rupiah(books.remitted)}, "
                f"seharusnya {rupiah(books.to_remit)}.",
                Kind.REMITTED,
            )
        )
    gone = books.returned_after + books.refunded_after
    if books.receivables_open + books.written_off > gone:
        found.append(
            Finding(
                "receivables_differ",
                f"Piutang {rupiah(books.receivables_open + books.written_off)} lebih besar daripada dana yang "
                f"kembali setelah penyetoran, {rupiah(gone)}.",
                "receivables_open",
            )
        )
    elif books.fees_uncovered > 0:
        found.append(
            Finding(
                "fees_uncovered",
                f"Biaya bank atau dana yang kembali sebesar {rupiah(books.fees_uncovered)} belum diganti."
                if books.fees_uncovered > books.fees
                else f"Biaya bank {rupiah(books.fees_uncovered)} belum diganti.",
                Kind.FEE,
            )
        )
    elif books.fees_uncovered < 0:
        found.append(
            Finding(
                "topped_up_too_much",
                f"Tambahan dana kelebihan {rupiah(-books.fees_uncovered)}.",
                Kind.TOP_UP,
            )
        )
    return tuple(found)


def why_not_close(
    books: Books, *, batches_open: int, follow_ups: int, undecided: int, confirmed: bool
) -> tuple[Finding, ...]:
    """What stands between the month and its closing, as Indonesian sentences.

    `batches_open`: batches not yet reconciled. `follow_ups`: open tasks for a person, those about a receivable apart.
    `undecided`: debits without a final answer or decision. `confirmed`: BPJS confirmed the remittance; not asked for
    when nothing was remitted.
    Open receivables do not stop the closing: their sum is shown with the closed month.
    """
    found = []
    if batches_open:
        found.append(Finding("batches_open", f"{batches_open} kumpulan potongan belum cocok dengan bank."))
    if undecided:
        found.append(Finding("undecided", f"{undecided} potongan belum ada jawaban atau keputusannya."))
    if follow_ups:
        found.append(Finding("follow_ups", f"{follow_ups} tindak lanjut belum selesai."))
    found.extend(differences(books))
    if books.held > 0 and not books.remitted:
        found.append(Finding("not_remitted", f"{rupiah(books.held)} belum disetor ke BPJS Ketenagakerjaan."))
    if books.remitted and not confirmed:
        found.append(Finding("not_confirmed", "BPJS Ketenagakerjaan belum mengonfirmasi setoran bulan ini."))
    return tuple(found)
