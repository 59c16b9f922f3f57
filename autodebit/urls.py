from django.urls import path

from autodebit.views import own, own_data

urlpatterns = [
    path("saya/", own.status, name="status"),
    path("saya/potongan/", own.money, name="own_money"),
    path("saya/potongan/<int:year>/rekap.pdf", own.year_statement, name="own_year"),
    path("saya/potongan/<str:reference>/tanda-terima.pdf", own.receipt, name="own_receipt"),
    path("saya/piagam.pdf", own.certificate, name="own_certificate"),
    path("saya/data/unduh/", own_data.export, name="own_export"),
]
