"""Answers as they should not be: cut in the middle, or with sums that are not those of their lines."""

import re

_CUT_AT = 0.6
_ENTRY = re.compile(rb'(<Ntry><Amt Ccy="IDR">)(\d+)')


def truncated(data: bytes) -> bytes:
    """The first part of an answer, as a download that broke off leaves it: the last record is cut through."""
    keep = int(len(data) * _CUT_AT)
    while keep > 1 and data[keep - 1 : keep] in b"\r\n":
        keep -= 1
    return data[:keep]


def wrong_sums_in_xml(data: bytes) -> bytes:
    """The first entry of a notification one rupiah higher than its lines; unchanged when there is no entry.

    What a pain.002 repeats are the sums of our own file, which prove nothing; it stays as it is.
    """
    return _ENTRY.sub(lambda found: found[1] + str(int(found[2]) + 1).encode(), data, count=1)
