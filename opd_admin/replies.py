"""What the offices' doors share: an address read as a month, and a file given to keep."""

from django.http import Http404, HttpResponse

from sponsorship.rules.months import Month


def month_of_address(period: str) -> Month:
    """The month of an address. Raises Http404."""
    try:
        return Month.parse(period)
    except ValueError as wrong:
        raise Http404 from wrong


def attachment(data: bytes, content_type: str, name: str) -> HttpResponse:
    """A file to keep, never to be shown in the page; nobody keeps a copy on the way."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
