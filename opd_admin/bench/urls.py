from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import urlpatterns as product

EMPTY = "/bench-empty/"


def empty(request: HttpRequest) -> HttpResponse:
    """What a page costs before anything is on it: gunicorn, Django, the product's own middleware."""
    return HttpResponse()


urlpatterns = [path(EMPTY.lstrip("/"), empty), *product]
