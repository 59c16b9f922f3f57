from django.urls import path

from opd_admin.views import desk, roster

urlpatterns = [
    path("daftar-pegawai/", roster.rosters, name="rosters"),
    path("verifikasi/", desk.queue, name="desk-queue"),
    path("verifikasi/<uuid:pk>/", desk.case, name="desk-case"),
    path("verifikasi/<uuid:pk>/ambil/", desk.take, name="desk-take"),
    path("verifikasi/<uuid:pk>/lepas/", desk.release, name="desk-release"),
    path("verifikasi/<uuid:pk>/tampilkan/", desk.show_numbers, name="desk-show-numbers"),
    path("verifikasi/<uuid:pk>/setujui/", desk.verify, name="desk-verify"),
    path("verifikasi/<uuid:pk>/kembalikan/", desk.return_case, name="desk-return"),
    path("verifikasi/<uuid:pk>/halaman/<int:page_id>/", desk.page_picture, name="desk-page"),
]
