from django.urls import path

from opd_admin.views import waiting, waiting_case

urlpatterns = [
    path("", waiting.waiting_list, name="waiting"),
    path("masukkan/", waiting.enter, name="waiting_enter"),
    path("poster/", waiting.posters, name="waiting_posters"),
    path("poster/baru/", waiting.poster_new, name="waiting_poster_new"),
    path("poster/<int:pk>/cetak/", waiting.poster_print, name="waiting_poster_print"),
    path("poster/<int:pk>/cabut/", waiting.poster_revoke, name="waiting_poster_revoke"),
    path("<uuid:pk>/", waiting_case.case, name="waiting_case"),
    path("<uuid:pk>/nomor/", waiting_case.show_numbers, name="waiting_numbers"),
    path("<uuid:pk>/terima/", waiting_case.verify, name="waiting_verify"),
    path("<uuid:pk>/tolak/", waiting_case.refuse, name="waiting_refuse"),
    path("<uuid:pk>/keluarkan/", waiting_case.withdraw, name="waiting_withdraw"),
    path("<uuid:pk>/tautan/", waiting_case.ask_consent, name="waiting_ask"),
    path("<uuid:pk>/formulir/", waiting_case.consent_form, name="waiting_form"),
    path("<uuid:pk>/formulir/unggah/", waiting_case.upload_form, name="waiting_form_upload"),
    path("<uuid:pk>/formulir/<int:page_id>/", waiting_case.form_page, name="waiting_form_page"),
]
