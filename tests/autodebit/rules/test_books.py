from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodebit.rules.books import (
    LABEL,
    SIGN,
    Books,
    Kind,
    differences,
    differences_with_bank,
    why_not_close,
)

LINE = 16_800


def agreed(**sums) -> Books:
    """Books whose every entry is also on the statement."""
    books = Books(**sums)
    return replace(books, in_bank=books.entries())


# 100 lines debited, 2 taken back before and 1 after the remittance, 1 refunded, fees replaced by the office.
MONTH = agreed(
    collected=100 * LINE,
    returned_before=2 * LINE,
    returned_after=LINE,
    refunded=LINE,
    fees=25_000,
    topped_up=25_000,
    remitted=97 * LINE,
    receivables_open=LINE,
)


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


def close(books, **changes) -> list[str]:
    facts = {"batches_open": 0, "follow_ups": 0, "undecided": 0, "confirmed": True}
    return codes(why_not_close(books, **(facts | changes)))


def test_every_kind_has_a_sign_and_a_name():
    assert set(SIGN) == set(LABEL) == set(Kind)
    assert set(SIGN.values()) == {-1, 0, 1}


def test_bpjs_gets_what_was_collected_less_what_had_gone_back_by_then():
    assert (MONTH.to_remit, MONTH.held) == (97 * LINE, 0)


def test_an_open_receivable_is_all_that_an_agreed_month_lacks():
    assert MONTH.balance == -LINE
    assert differences(MONTH) == ()
    assert close(MONTH) == []


def test_a_month_without_any_money_agrees_and_closes_without_a_confirmation():
    assert differences(Books()) == ()
    assert close(Books(), confirmed=False) == []


@pytest.mark.parametrize("kind", [kind for kind in Kind if SIGN[kind]])
@pytest.mark.parametrize("by", [-1, 1])
def test_one_rupiah_between_entries_and_statement_is_found_in_each_kind(kind, by):
    books = replace(MONTH, in_bank=MONTH.in_bank | {kind: MONTH.in_bank[kind] + by})
    assert codes(differences(books)) == codes(differences_with_bank(books)) == [f"differs_{kind}"]
    assert close(books) == [f"differs_{kind}"]


def test_a_difference_names_both_sums():
    books = replace(MONTH, in_bank=MONTH.in_bank | {Kind.COLLECTED: 99 * LINE})
    (finding,) = differences(books)
    assert finding.message == "Potongan berhasil: di buku Rp1.680.000, di mutasi rekening Rp1.663.200."


def test_money_that_the_statement_explains_and_the_books_do_not_know_is_found():
    assert codes(differences(Books(in_bank={Kind.FEE: 6_500}))) == ["differs_fee"]


def test_one_unexplained_rupiah_keeps_the_month_open():
    assert close(replace(MONTH, unexplained=1)) == ["unexplained"]


@pytest.mark.parametrize("by", [-LINE, -1, 1, LINE])
def test_another_sum_than_the_one_to_remit_is_found(by):
    books = agreed(collected=10 * LINE, remitted=10 * LINE + by)
    assert codes(differences(books)) == ["remitted_differs"]
    assert close(books) == ["remitted_differs"]


def test_money_that_waits_for_its_remittance_is_no_difference_and_keeps_the_month_open():
    books = agreed(collected=10 * LINE)
    assert differences(books) == ()
    assert (books.held, books.balance) == (10 * LINE, 10 * LINE)
    (finding,) = why_not_close(books, batches_open=0, follow_ups=0, undecided=0, confirmed=False)
    assert finding.message == "Rp168.000 belum disetor ke BPJS Ketenagakerjaan."


def test_a_single_rupiah_that_waits_keeps_the_month_open():
    assert close(agreed(collected=1)) == ["not_remitted"]


def test_more_given_back_than_collected_is_found_even_before_a_remittance():
    assert codes(differences(agreed(collected=LINE, refunded=2 * LINE))) == ["remitted_differs"]


@pytest.mark.parametrize(("replaced", "words"), [(6_499, "Rp1"), (6_000, "Rp500"), (0, "Rp6.500")])
def test_fees_that_nobody_replaced_are_found_to_the_rupiah(replaced, words):
    books = agreed(collected=LINE, remitted=LINE, fees=6_500, topped_up=replaced)
    (finding,) = differences(books)
    assert (finding.code, finding.message) == ("fees_uncovered", f"Biaya bank {words} belum diganti.")
    assert books.balance == replaced - 6_500


def test_more_paid_in_than_was_missing_is_found():
    books = agreed(collected=LINE, remitted=LINE, fees=6_500, topped_up=7_000)
    (finding,) = differences(books)
    assert (finding.code, finding.message) == ("topped_up_too_much", "Tambahan dana kelebihan Rp500.")


def test_a_receivable_that_bridging_money_filled_is_no_longer_missing():
    books = agreed(collected=LINE, remitted=LINE, returned_after=LINE, topped_up=LINE)
    assert (books.balance, differences(books)) == (0, ())


def test_a_receivable_that_was_given_up_stays_missing_on_the_account_and_explained():
    books = agreed(collected=LINE, remitted=LINE, returned_after=LINE, written_off=LINE)
    assert (books.balance, differences(books)) == (-LINE, ())


def test_money_that_left_after_the_remittance_and_is_nobodys_receivable_is_found():
    books = agreed(collected=LINE, remitted=LINE, returned_after=LINE)
    (finding,) = differences(books)
    assert finding.message == "Biaya bank atau dana yang kembali sebesar Rp16.800 belum diganti."


def test_a_refund_after_the_remittance_leaves_the_sum_for_bpjs_and_a_hole():
    books = agreed(collected=LINE, remitted=LINE, refunded_after=LINE, receivables_open=LINE)
    assert (books.to_remit, books.balance) == (LINE, -LINE)
    assert differences(books) == ()


def test_more_receivables_than_money_that_left_are_found():
    books = agreed(collected=LINE, remitted=LINE, returned_after=LINE, receivables_open=LINE, written_off=1)
    (finding,) = differences(books)
    assert finding.code == "receivables_differ"
    assert finding.message.startswith("Piutang Rp16.801 lebih besar")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"batches_open": 1}, "batches_open"),
        ({"follow_ups": 1}, "follow_ups"),
        ({"undecided": 1}, "undecided"),
        ({"confirmed": False}, "not_confirmed"),
    ],
)
def test_each_open_thing_keeps_the_month_open(changes, code):
    assert close(MONTH, **changes) == [code]


def test_all_that_is_missing_is_said_at_once():
    books = agreed(collected=LINE)
    reasons = close(replace(books, unexplained=5), batches_open=2, follow_ups=3, undecided=4, confirmed=False)
    assert reasons == ["batches_open", "undecided", "follow_ups", "unexplained", "not_remitted"]


sums = st.integers(0, 10**9)
any_books = st.builds(
    agreed,
    collected=sums,
    returned_before=sums,
    returned_after=sums,
    refunded=sums,
    fees=sums,
    topped_up=sums,
    remitted=sums,
    receivables_open=sums,
    refunded_after=sums,
    written_off=sums,
)


@given(any_books)
def test_the_account_holds_what_waits_less_what_is_still_to_be_replaced(books):
    missing = books.receivables_open + books.written_off + books.fees_uncovered
    assert books.balance == books.held - missing


@given(
    st.integers(0, 500), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 90_000)
)
def test_every_month_that_was_kept_well_closes_and_lacks_its_receivables_alone(
    lines, before, after, open_ones, fees
):
    before = min(before, lines)
    after = min(after, lines - before)
    open_ones = min(open_ones, after)
    books = agreed(
        collected=lines * LINE,
        returned_before=before * LINE,
        returned_after=after * LINE,
        fees=fees,
        topped_up=fees + (after - open_ones) * LINE,
        remitted=(lines - before) * LINE,
        receivables_open=open_ones * LINE,
    )
    assert close(books) == []
    assert books.balance == -open_ones * LINE
