from django.urls import path

from opd_admin.views import batches

urlpatterns = [
    path("batch/", batches.batch_list, name="office-batch-list"),
    path("batch/susun/", batches.open_batch, name="office-batch-open"),
    path("batch/<uuid:pk>/", batches.batch_detail, name="office-batch-detail"),
    path("batch/<uuid:pk>/susun/", batches.build_again, name="office-batch-build"),
    path("batch/<uuid:pk>/setujui/", batches.approve, name="office-batch-approve"),
    path("batch/<uuid:pk>/buka-kembali/", batches.reopen, name="office-batch-reopen"),
    path("batch/<uuid:pk>/segel/", batches.seal, name="office-batch-seal"),
    path("batch/<uuid:pk>/baris/", batches.line_list, name="office-batch-lines"),
    path("batch/<uuid:pk>/pengecualian/", batches.exclusion_list, name="office-batch-exclusions"),
    path("batch/<uuid:pk>/berkas/<int:file_id>/", batches.download_file, name="office-batch-file"),
]
