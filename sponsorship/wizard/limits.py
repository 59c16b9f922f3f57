"""How often somebody may try, and the plain page that says so.

Keyed on contact or session first, address last: an office of 200 colleagues shares one address.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django_ratelimit.core import is_ratelimited
from redis.exceptions import RedisError

# What is counted, and how often. The first figure of a pair is per person, the second per address.
CODES = ("5/h", "600/h")
TRIES = ("20/h", "600/h")
STARTS = ("20/h", "300/h")
UPLOADS = ("60/h", "1200/h")
SENDS = ("20/h", "300/h")
CHOICES = ("30/h", "600/h")
LINKS = ("60/h", "1200/h")
PAPERS = ("60/h", "1200/h")
WHEN = "satu jam lagi"


def too_many(request: HttpRequest, what: str, person: str, rates: tuple[str, str]) -> HttpResponse | None:
    """Counts this attempt; the 429 page when it is one too many for the person or for the address, else None."""
    own, shared = rates
    counted = [(f"{what}-alamat", "ip", shared)]
    if person:
        counted.append((f"{what}-orang", lambda group, asked: person, own))
    try:
        over = [is_ratelimited(request, group=g, key=k, rate=r, increment=True) for g, k, r in counted]
    except RedisError:  # the counter is away; the actions' own limits, kept in the database, still hold
        return None
    return render(request, "429.html", {"retry_after_text": WHEN}, status=429) if any(over) else None
