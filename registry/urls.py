from django.urls import include, path

from registry.views import healthz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    # The pages of allauth that are used, each with its door; the rest of allauth has no address here.
    path("akun/", include("registry.account_views")),
]
