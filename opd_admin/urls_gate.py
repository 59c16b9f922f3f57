from django.urls import path

from opd_admin.views import gate, treasury

urlpatterns = [
    path("gaji/", treasury.treasury, name="treasury"),
    path("gaji/cabut/<int:pk>/", treasury.withdraw, name="treasury-withdraw"),
    path("gaji/<str:period>/<int:opd_id>/", treasury.confirm, name="treasury-confirm"),
    path("bulan/<str:period>/gaji/", gate.gate_page, name="office-gate"),
    path("bulan/<str:period>/gaji/putuskan/", gate.decide, name="office-gate-decide"),
    path("batch/<uuid:pk>/persempit/", gate.narrow, name="office-batch-narrow"),
    path("batch/<uuid:pk>/gelombang/", gate.next_wave, name="office-batch-wave"),
]
