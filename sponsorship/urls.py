from django.urls import path, re_path

from sponsorship.views import home, privacy
from sponsorship.wizard.views import answers, closing, entry, status, stopping, workers

urlpatterns = [
    path("", home, name="home"),
    path("privasi/", privacy, name="privacy"),
    path("daftar/", entry.start, name="wizard_start"),
    path("daftar/lanjut/", entry.again, name="wizard_again"),
    path("daftar/nanti/", entry.later, name="wizard_later"),
    path("daftar/langkah/kontak/", entry.contact, name="wizard_kontak"),
    path("daftar/langkah/kode/", entry.code, name="wizard_kode"),
    path("daftar/langkah/diri/", answers.person, name="wizard_diri"),
    path("daftar/langkah/rekening/", answers.account, name="wizard_rekening"),
    path("daftar/langkah/rekening/belum-punya/", answers.no_account, name="wizard_rekening_tanpa"),
    path("daftar/langkah/pekerja/", workers.workers, name="wizard_pekerja"),
    path("daftar/langkah/pekerja/tambah/", workers.worker, name="wizard_pekerja_baru"),
    path("daftar/langkah/pekerja/<uuid:pk>/", workers.worker, name="wizard_pekerja_ubah"),
    path("daftar/langkah/pekerja/<uuid:pk>/hapus/", workers.remove_worker, name="wizard_pekerja_hapus"),
    path("daftar/langkah/kepesertaan/", workers.next_cover, name="wizard_kepesertaan"),
    path("daftar/langkah/kepesertaan/<uuid:pk>/", workers.cover, name="wizard_kepesertaan_pekerja"),
    path("daftar/langkah/periksa/", closing.check, name="wizard_periksa"),
    path("daftar/langkah/ketentuan/", answers.terms, name="wizard_ketentuan"),
    path("daftar/langkah/persetujuan/", closing.agree, name="wizard_persetujuan"),
    path("daftar/langkah/cetak/", closing.print_out, name="wizard_cetak"),
    path("daftar/langkah/unggah/", closing.upload, name="wizard_unggah"),
    path("daftar/langkah/unggah/<int:pk>/hapus/", closing.remove_paper, name="wizard_berkas_hapus"),
    path("daftar/langkah/kirim/", closing.send, name="wizard_kirim"),
    re_path(r"^daftar/(?P<token>[A-Za-z0-9_-]{6,32})/$", entry.by_link, name="wizard_link"),
    re_path(r"^lanjut/(?P<token>[A-Za-z0-9_:-]{10,200})/$", entry.resume, name="wizard_resume"),
    path("saya/", status.status, name="status"),
    path("saya/surat-kuasa/", status.mandate_pdf, name="mandate_pdf"),
    path("saya/berkas/<int:pk>/<int:number>/", status.paper_page, name="paper_page"),
    path("saya/hentikan/", stopping.stop, name="stop"),
    path("saya/batalkan/", status.give_up, name="withdraw"),
    path("saya/daftar-lagi/", status.start_anew, name="start_anew"),
    path("saya/keluar/", status.leave, name="donor_leave"),
]
