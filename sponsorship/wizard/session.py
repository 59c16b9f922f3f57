"""Who sits at the other end. A donor's session holds ids and moments; what was saved is in the registration.

It ends after DONOR_IDLE_SECONDS without a request. What was typed into a form that met an ended session is kept,
sealed and bound to that registration and page, until its donor is back.
"""

import base64
import time
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, QueryDict

from registry import vault
from registry.models import ContactCode, Donor
from registry.rules.display import mask_contact
from sponsorship.models import InvitationLink, Registration

DONOR, REGISTRATION, SEEN = "donor", "registration", "donor_seen"
LAPSED, LINK, CODE, NEXT, TYPED = "lapsed", "link", "code", "next", "typed"
# One write a minute is enough to know that somebody is there.
SEEN_EVERY = 60
MOST_KEPT = 8_000
NEVER_KEPT = ("csrfmiddlewaretoken", "form_token")


def own_registration(request: HttpRequest) -> Registration | None:
    """The registration of the donor who sits here, or None when nobody proved a contact or the session is over.

    Raises Http404 when the session names a registration that is not this donor's.
    """
    session = request.session
    if DONOR not in session:
        return None
    quiet = time.time() - session.get(SEEN, 0)
    if quiet > settings.DONOR_IDLE_SECONDS:
        lapse(request)
        return None
    registration = (
        Registration.objects.select_related("donor", "opd", "bank", "link__opd")
        .filter(pk=session.get(REGISTRATION), donor_id=session[DONOR])
        .first()
    )
    if registration is None:
        raise Http404
    if (
        registration.donor.erased_at
    ):  # erased meanwhile, perhaps on another device: there is nobody to come back to
        leave(request)
        return None
    if quiet > SEEN_EVERY:
        session[SEEN] = time.time()
    return registration


def come_in(request: HttpRequest, registration: Registration) -> None:
    """The contact of this registration's donor is proven: a new session key, and none of the old proofs."""
    request.session.cycle_key()
    for name in (LAPSED, LINK, CODE):
        request.session.pop(name, None)
    request.session.update(
        {DONOR: str(registration.donor_id), REGISTRATION: str(registration.pk), SEEN: time.time()}
    )


def lapse(request: HttpRequest) -> None:
    """Nobody is here any more; which registration it was is remembered, so that only a code is asked for."""
    known = request.session.get(REGISTRATION)
    leave(request)
    if known:
        request.session[LAPSED] = known


def leave(request: HttpRequest) -> None:
    for name in (DONOR, REGISTRATION, SEEN, CODE):
        request.session.pop(name, None)


def lapsed_registration(request: HttpRequest) -> Registration | None:
    """The registration whose personal link was opened here, or whose session ended here."""
    known = request.session.get(LAPSED)
    found = Registration.objects.select_related("donor").filter(pk=known, donor__erased_at=None)
    return found.first() if known else None


def pending_code(request: HttpRequest) -> ContactCode | None:
    known = request.session.get(CODE)
    return ContactCode.objects.filter(pk=known).first() if known else None


def invitation(request: HttpRequest) -> InvitationLink | None:
    known = request.session.get(LINK)
    return InvitationLink.objects.select_related("opd").filter(pk=known).first() if known else None


def remember_place(request: HttpRequest) -> None:
    """Where to go on after the code, and what was typed there."""
    request.session[NEXT] = request.get_full_path()[:300]
    if request.method == "POST":
        _keep_typed(request)


def place_to_go(request: HttpRequest) -> str:
    """The remembered place, once; always one of our own paths."""
    place = request.session.pop(NEXT, "")
    return place if place.startswith("/") and not place.startswith("//") else ""


def typed_before(request: HttpRequest, registration: Registration) -> QueryDict | None:
    """What this donor typed here when the session had ended; handed out once, on the same page only."""
    kept = request.session.get(TYPED)
    if request.method != "GET" or not kept or kept["path"] != request.path:
        return None
    del request.session[TYPED]
    try:
        plain = vault.unseal(base64.b64decode(kept["sealed"]), _place(str(registration.pk), request.path))
    except vault.CannotOpen:
        return None
    return QueryDict(plain.decode())


def _keep_typed(request: HttpRequest) -> None:
    known = request.session.get(LAPSED)
    pairs = [
        (name, value) for name, values in request.POST.lists() if name not in NEVER_KEPT for value in values
    ]
    text = urlencode(pairs)
    if known and len(text) <= MOST_KEPT:
        sealed = vault.seal(text.encode(), _place(known, request.path))
        request.session[TYPED] = {"path": request.path, "sealed": base64.b64encode(sealed).decode()}


def _place(registration_id: str, path: str) -> str:
    return f"typed:{registration_id}:{path}"


def shown_contact(holder: Donor | ContactCode) -> str:
    """Enough of the contact to recognise it, not enough to learn it."""
    return mask_contact(holder.channel, holder.contact)
