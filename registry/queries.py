from registry.models import City


def city() -> City:
    """The one city profile; an empty one before the reference data is loaded."""
    return City.objects.select_related("bank").first() or City(name="", programme="ASN Peduli Pekerja Rentan")
