import io
import logging

import pytest
from django.conf import settings

from registry.redaction import Redact, redact


@pytest.mark.parametrize("number", [
    "3374015508809001",  # NIK
    "3374 0155 0880 9001",
    "3374.0155.0880.9001",
    "3374-0155-0880-9001",
    "3374–0155–0880–9001",
    "３３７４０１５５０８８０９００１",  # full-width digits
    "199003152015032901",  # NIP
    "19900315 201503 2 901",
    "0001234567",  # account
    "+6281299990001",
    "0812-9999-0001",
])  # fmt: skip
@pytest.mark.parametrize(
    "around", ["{}", "NIK {} ditolak", "nik={},", "'{}'", "nik_{}_x", "NIK{}", "({})", "{}abc"]
)
def test_identity_numbers_accounts_and_phones_are_masked_wherever_they_stand(number, around):
    text = redact(around.format(number))
    assert "[angka]" in text
    assert not any(character.isdigit() for character in text)


@pytest.mark.parametrize("link, shown", [
    ("/lanjut/IjY3MGY4MWI1LWRjNjUi:1xUDuy:CXo2aAe41S33okQmhA-_nm8z7iyAeDmdSpoFvO6G6hY/", "/lanjut/[tautan]/"),
    ("/daftar/k7mnpqrstuvw/", "/daftar/[tautan]/"),
    ("https://contoh.example/daftar/k7mnpqrstuvw", "https://contoh.example/daftar/[tautan]"),
])  # fmt: skip
def test_a_personal_link_and_a_link_of_an_office_are_masked(link, shown):
    assert redact(f"Gone: {link}") == f"Gone: {shown}"


@pytest.mark.parametrize("path", ["/daftar/", "/daftar/langkah/kontak/", "/daftar/lanjut/", "/daftar/nanti/"])
def test_the_path_of_a_page_of_the_wizard_stays_readable(path):
    assert redact(f"Not Found: {path}") == f"Not Found: {path}"


def test_an_address_is_masked():
    assert redact("to <Rara.Contoh+x@dinas.contoh.example> failed") == "to <[surel]> failed"


@pytest.mark.parametrize("text", [
    "batch 2026-12 has 20000 lines, total 336000",
    "registration 1b4e28ba-2fa1-11d2-883f-0016d3cca427 left draft meanwhile",
    "registration 11111111-2222-3333-4444-555555555555",
    "paper 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 is damaged",
])  # fmt: skip
def test_what_helps_to_find_a_fault_stays_readable(text):
    assert redact(text) == text


@pytest.fixture
def log():
    """A logger with the product's filter, and what it wrote."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(Redact())
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, written


def test_arguments_and_exception_text_are_masked(log):
    logger, written = log
    try:
        raise ValueError("Key (nik)=(3374015508809001) of rara@contoh.example exists")
    except ValueError:
        logger.exception("saving %s failed", "+6281299990001", stack_info=True)
    text = written.getvalue()
    assert text.startswith("saving [angka] failed\nTraceback")
    assert "Key (nik)=([angka]) of [surel] exists" in text
    assert "3374015508809001" not in text and "rara@" not in text


def test_exception_text_that_another_handler_made_before_is_masked(log):
    logger, written = log
    logger.handlers.insert(0, logging.StreamHandler(io.StringIO()))
    try:
        raise ValueError("3374015508809001")
    except ValueError:
        logger.exception("failed")
    assert "3374015508809001" not in written.getvalue()


def test_a_log_line_whose_words_and_values_do_not_fit_breaks_nothing_and_leaks_nothing(log):
    logger, written = log
    logger.warning("two %s %s", "3374015508809001")
    assert written.getvalue() == "two %s %s ('[angka]',)\n"


def test_every_handler_of_the_settings_masks_and_no_logger_has_one_of_its_own():
    configured = settings.LOGGING
    assert all("redact" in handler["filters"] for handler in configured["handlers"].values())
    for name in ("django", "django.request", "django.server", "django.db.backends", "celery", "weasyprint"):
        for handler in logging.getLogger(name).handlers:
            foreign = isinstance(handler, logging.NullHandler) or "pytest" in type(handler).__module__
            assert foreign or any(isinstance(each, Redact) for each in handler.filters), (name, handler)
