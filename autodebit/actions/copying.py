"""Rows on their way into PostgreSQL by COPY: five times faster than INSERT, and never all of them in memory."""

from collections.abc import Iterable, Iterator

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": None})


class Rows:
    """A file to read from, as `copy_expert` wants it, in COPY's text format. Values: str, int, date or None."""

    def __init__(self, rows: Iterable[tuple]) -> None:
        self._lines = _lines(rows)
        self._rest = ""

    def read(self, size: int = -1) -> str:
        parts, room = [self._rest], size - len(self._rest)
        while size < 0 or room > 0:
            line = next(self._lines, None)
            if line is None:
                break
            parts.append(line)
            room -= len(line)
        text = "".join(parts)
        if size < 0:
            self._rest = ""
            return text
        self._rest = text[size:]
        return text[:size]


def _lines(rows: Iterable[tuple]) -> Iterator[str]:
    for row in rows:
        yield "\t".join(_cell(value) for value in row) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)
