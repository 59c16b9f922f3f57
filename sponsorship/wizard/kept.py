"""What a donor typed about a worker who is not added yet: sealed in the session, and saved by the last click only."""

import base64
import json
from dataclasses import asdict, dataclass, field

from django.http import HttpRequest

from registry import vault
from registry.models import Donor
from registry.vault import blind_index

KEY = "adding"
# As the form takes it again; `situation` only turns away who cannot join, and is asked for once.
WORKER = ("situation", "name", "nik", "phone", "occupation", "workplace", "kelurahan")
COVER = ("programme", "declared_income")


@dataclass(frozen=True)
class Kept:
    """One worker on the way: typed (`worker`) or from the waiting list (`waiting`), and whose place is taken."""

    worker: dict[str, str] = field(default_factory=dict)
    waiting: str = ""
    replaces: str = ""
    cover: dict[str, str] = field(default_factory=dict)

    @property
    def seen(self) -> str:
        """A fingerprint of all of it: what the last page showed must be what its button saves."""
        return blind_index("form", _text(self))


def keep(request: HttpRequest, donor: Donor, kept: Kept) -> None:
    sealed = vault.seal(_text(kept).encode(), _place(donor))
    request.session[KEY] = base64.b64encode(sealed).decode()


def recall(request: HttpRequest, donor: Donor) -> Kept | None:
    """What this donor typed here last; None when nothing is on the way."""
    sealed = request.session.get(KEY)
    if not sealed:
        return None
    try:
        return Kept(**json.loads(vault.unseal(base64.b64decode(sealed), _place(donor))))
    except vault.CannotOpen:  # another donor sat at this browser before
        return None


def forget(request: HttpRequest) -> None:
    request.session.pop(KEY, None)


def _text(kept: Kept) -> str:
    return json.dumps(asdict(kept), sort_keys=True)


def _place(donor: Donor) -> str:
    return f"adding:{donor.pk}"
