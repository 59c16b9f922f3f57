from django.urls import path

from opd_admin.views import audit_pack, books, refunds, statements, trace

urlpatterns = [
    path("bulan/<str:period>/buku/", books.books, name="office-books"),
    path("bulan/<str:period>/buku/<str:bank>/setor/", books.remit, name="office-remit"),
    path("bulan/<str:period>/buku/<str:bank>/tutup/", books.close, name="office-close"),
    path("setoran/<uuid:pk>/konfirmasi/", books.confirm, name="office-remittance-confirm"),
    path("setoran/<uuid:pk>/batal/", books.withdraw, name="office-remittance-withdraw"),
    path("mutasi/", statements.statement_list, name="office-statements"),
    path("mutasi/unggah/", statements.upload, name="office-statement-upload"),
    path("mutasi/ketik/", statements.type_in, name="office-statement-type"),
    path("mutasi/<int:pk>/", statements.line, name="office-statement-line"),
    path("mutasi/<int:pk>/usulan/", statements.take_suggestion, name="office-statement-suggestion"),
    path("mutasi/penjelasan/<int:pk>/batal/", statements.undo, name="office-allocation-undo"),
    path("pengembalian/", refunds.refund_list, name="office-refunds"),
    path("pengembalian/usul/<uuid:pk>/", refunds.propose, name="office-refund-propose"),
    path("pengembalian/<uuid:pk>/", refunds.refund, name="office-refund"),
    path("pengembalian/<uuid:pk>/putuskan/", refunds.decide, name="office-refund-decide"),
    path("pengembalian/<uuid:pk>/bayar/", refunds.pay, name="office-refund-pay"),
    path("telusur/", trace.search, name="office-trace-search"),
    path("telusur/<int:pk>/", trace.trace, name="office-trace"),
    path("batch/<uuid:pk>/paket-audit/", audit_pack.download, name="office-audit-pack"),
]
