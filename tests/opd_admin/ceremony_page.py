"""The office's pages around a sealed batch, as a member of staff uses them."""

import re

from django.urls import reverse

TOKEN = re.compile(r'name="form_token" value="(\w+)"')


def url(name: str, *args) -> str:
    return reverse(f"office-batch-{name}", args=args)


def text_of(response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def post(client, address: str, form_page: str | None = None, **fields):
    """Posts what the form of `form_page` (or of the address itself) would send, its token included."""
    token = TOKEN.search(client.get(form_page or address).content.decode())[1]
    return client.post(address, {"form_token": token, **fields})
