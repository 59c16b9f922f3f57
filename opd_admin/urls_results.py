from django.urls import path

from opd_admin.views import follow_ups, results

urlpatterns = [
    path("batch/<uuid:pk>/jawaban/", results.upload, name="office-answer-upload"),
    path("jawaban/<uuid:pk>/", results.answer, name="office-answer"),
    path("jawaban/<uuid:pk>/terapkan/", results.apply, name="office-answer-apply"),
    path("jawaban/<uuid:pk>/tolak/", results.refuse, name="office-answer-refuse"),
    path("jawaban/<uuid:pk>/baris/", results.lines, name="office-answer-lines"),
    path("jawaban/<uuid:pk>/belum-dijawab/", results.missing, name="office-answer-missing"),
    path("jawaban/<uuid:pk>/kembali/", results.hand_back, name="office-answer-back"),
    path("baris/<uuid:pk>/jawaban/", follow_ups.answer_by_hand, name="office-line-answer"),
    path("tindak-lanjut/", follow_ups.work_list, name="office-follow-ups"),
    path("tindak-lanjut/<uuid:pk>/", follow_ups.follow_up, name="office-follow-up"),
    path("tindak-lanjut/<uuid:pk>/selesai/", follow_ups.settle, name="office-follow-up-settle"),
]
