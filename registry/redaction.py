import logging
import re

# NIK 16, NIP 18, accounts 10 and phones: any run of nine or more digits, also grouped, has no place in a log. Ids and
# hashes stay readable: without them a log tells nothing.
_NUMBERS = re.compile(
    r"(?P<kept>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=\d*[a-f])[0-9a-f]{32,64}\b)"
    r"|\+?\d(?:[ .\-\u2010-\u2014]{0,2}\d){8,}"
)
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
# Personal links and links of an OPD: Django logs the path of every request that it refuses.
_LINK = re.compile(r"/(lanjut|daftar)/(?!(?:langkah|lanjut|nanti)/)[\w:.%~-]+")


def redact(text: str) -> str:
    text = _LINK.sub(r"/\1/[tautan]", text)
    return _CONTACT.sub("[surel]", _NUMBERS.sub(lambda found: found["kept"] or "[angka]", text))


class Redact(logging.Filter):
    """Takes long numbers, addresses and links out of every log line, its exception text included."""

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except (
            TypeError,
            ValueError,
            KeyError,
        ):  # words and values do not fit together: a log line breaks nothing
            message = f"{record.msg} {record.args}"
        record.msg, record.args = redact(message), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:  # perhaps made by another handler before this one
            record.exc_text = redact(record.exc_text)
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True
