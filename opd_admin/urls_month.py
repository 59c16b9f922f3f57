from django.urls import path

from opd_admin.views import month

urlpatterns = [
    path("bulan/", month.month_home, name="office-month-home"),
    path("bulan/<str:period>/", month.month_board, name="office-month"),
]
