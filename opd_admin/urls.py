from django.urls import URLPattern, URLResolver, include, path

from opd_admin.views import demo, home, links, practice_signing

urlpatterns: list[URLPattern | URLResolver] = [
    path("kantor/", home.home, name="office"),
    path("kantor/", include("opd_admin.urls_desk")),
    path("kantor/daftar-tunggu/", include("opd_admin.urls_waiting")),
    path("kantor/", include("opd_admin.urls_batches")),
    path("kantor/", include("opd_admin.urls_ceremony")),
    path("kantor/", include("opd_admin.urls_gate")),
    path("kantor/", include("opd_admin.urls_month")),
    path("kantor/", include("opd_admin.urls_results")),
    path("kantor/", include("opd_admin.urls_books")),
    path("kantor/tautan/", links.link_list, name="links"),
    path("kantor/tautan/baru/", links.link_new, name="link_new"),
    path("kantor/tautan/<int:link_id>/cabut/", links.link_revoke, name="link_revoke"),
    path("demo/", demo.demo_home, name="demo"),
    path("demo/jam/", demo.demo_clock, name="demo_clock"),
    path("demo/pesan/", demo.demo_messages, name="demo_messages"),
    path("demo/tanda-tangan/", practice_signing.demo_signing, name="demo_signing"),
    path("demo/bank/", include("opd_admin.urls_rehearsal")),
]
