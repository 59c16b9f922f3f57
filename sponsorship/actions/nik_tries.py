"""How many different workers a donor may ask about in a day, typed or chosen: nobody reads the city's workers here."""

from datetime import datetime

from registry.models import Donor
from registry.queries import city
from sponsorship import queries
from sponsorship.models import NikTry


def too_many(donor: Donor, nik_index: str, now: datetime) -> bool:
    """Whether this NIK is one too many for today; else it is noted. Call it in the transaction of the deed."""
    day = queries.calendar().local_date(now)
    # The donor's row is the lock: two tabs cannot each use the last free try.
    Donor.objects.select_for_update().get(pk=donor.pk)
    tried = set(NikTry.objects.filter(donor=donor, day=day).values_list("nik_index", flat=True))
    if nik_index in tried:
        return False
    if len(tried) >= city().niks_per_day:
        return True
    NikTry.objects.create(donor=donor, day=day, nik_index=nik_index)
    return False
