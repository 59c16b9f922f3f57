"""Reading and posting the office's pages in tests: what a person sees, and what the form on it would send."""

import re

from django.core.files.uploadedfile import SimpleUploadedFile

TOKEN = re.compile(r'name="form_token" value="(\w+)"')


def text_of(response) -> str:
    """The words of a page, without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def token_of(response) -> str:
    return TOKEN.search(response.content.decode())[1]


def post(client, address: str, form_page: str | None = None, **fields):
    """Posts what the form of `form_page` (or of the address itself) would send, its token included."""
    return client.post(address, {"form_token": token_of(client.get(form_page or address)), **fields})


def upload(name: str, data: bytes, content_type: str = "application/octet-stream"):
    return SimpleUploadedFile(name, data, content_type)
