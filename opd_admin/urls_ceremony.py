from django.urls import path

from opd_admin.views import ceremony, ceremony_papers, profiles

urlpatterns = [
    path("batch/<uuid:pk>/selisih/", ceremony_papers.difference_list, name="office-batch-difference"),
    path(
        "batch/<uuid:pk>/selisih.xlsx", ceremony_papers.difference_sheet, name="office-batch-difference-sheet"
    ),
    path("batch/<uuid:pk>/surat-pengantar/", ceremony_papers.letter, name="office-batch-letter"),
    path("batch/<uuid:pk>/serahkan/", ceremony.hand_over, name="office-batch-hand-over"),
    path("batch/<uuid:pk>/kirim/", ceremony.send, name="office-batch-send"),
    path("batch/<uuid:pk>/ditolak/", ceremony.refuse, name="office-batch-refuse"),
    path("batch/<uuid:pk>/ditolak/bukti/", ceremony_papers.refusal_evidence, name="office-batch-evidence"),
    path("batch/<uuid:pk>/batalkan/", ceremony.request_void, name="office-batch-void"),
    path("batch/<uuid:pk>/batalkan/setujui/", ceremony.confirm_void, name="office-batch-void-confirm"),
    path("profil-bank/", profiles.profile_list, name="bank-profiles"),
    path("profil-bank/<str:bank>/", profiles.profile_detail, name="bank-profile"),
]
