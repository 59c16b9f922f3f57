from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("registry.urls")),
    path("", include("sponsorship.urls")),
    path("", include("autodebit.urls")),
    path("", include("opd_admin.urls")),
    path("admin/", admin.site.urls),
]
