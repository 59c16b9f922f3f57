"""The words that users read about the collection, apart from the names of states (autodebit.rules.lifecycle)."""

EXCLUSION = {
    "revoked": "Surat kuasa dicabut atau berakhir setelah batas waktu",
    "suspended": "Surat kuasa sedang ditangguhkan",
    "not_lodged": "Surat kuasa belum diterima bank",
    "not_active": "Surat kuasa belum diberlakukan",
    "incomplete": "Data surat kuasa belum lengkap",
    "verified_late": "Disetujui setelah batas waktu bulan ini",
    "starts_later": "Mulai pada bulan berikutnya",
    "ended": "Sudah berakhir sebelum bulan ini",
    "in_collection": "Bulan ini sudah ditagih di kumpulan lain",
    "attempts_used_up": "Kesempatan menagih bulan ini sudah habis",
    "no_lines": "Tidak ada pekerja yang harus dibayar bulan ini",
    "ceiling": "Iuran melebihi batas tertinggi di surat kuasa",
    "not_retryable": "Jawaban bank tidak memungkinkan ditagih lagi",
    "needs_decision": "Dana dikembalikan bank dan belum diputuskan",
    "disputed": "Jawaban bank bertentangan dan belum dijelaskan",
    "unknown_answer": "Bank belum menjawab potongan sebelumnya",
    "salary_waiting": "Menunggu gaji dipastikan masuk",
    "salary_not_landed": "Dilewati karena gaji belum dipastikan masuk",
    "not_collected": "Tidak sempat ditagih sebelum bulannya ditutup",
}

FORMAT = {
    "bank_csv": "CSV untuk bank",
    "fixed_width": "Teks lebar tetap untuk bank",
    "xlsx": "XLSX untuk bank",
    "pain008": "ISO 20022 pain.008.001.08",
}

BUILD_STEPS = (
    "Menyiapkan kumpulan",
    "Membaca surat kuasa",
    "Menghitung iuran setiap pekerja",
    "Mencatat kewajiban",
    "Membekukan baris potongan",
    "Menjumlahkan dan mengunci isi",
)
SEAL_STEPS = (
    "Memeriksa isi sekali lagi",
    "Menulis, membaca ulang, dan menyimpan berkas",
    "Menyegel kumpulan",
)
SEND_STEPS = (
    "Mengirim berkas ke server bank",
    "Mengirim berkas berikutnya",
    "Mencatat penyerahan",
)
READ_STEPS = (
    "Membaca jawaban bank",
    "Mencocokkan dengan baris yang dikirim",
    "Menjumlahkan",
)
APPLY_STEPS = (
    "Memeriksa sekali lagi",
    "Mencatat hasil potongan",
    "Menyimpan",
)

# What the journal of one batch says on its page: the words, and the tone of the mark beside them.
HISTORY = {
    "batch.opened": ("Kumpulan dibuka", "info"),
    "batch.frozen": ("Disusun dan dibekukan", "good"),
    "batch.approved_once": ("Persetujuan pertama", "good"),
    "batch.approved": ("Persetujuan kedua, disetujui", "good"),
    "batch.reopened": ("Dibuka kembali", "wait"),
    "batch.narrowed": ("Dipersempit karena gaji belum masuk", "wait"),
    "attempt.unknown": ("Melewati batas jawaban bank", "stop"),
    "batch.seal_requested": ("Penyegelan diminta", "info"),
    "batch.sealed": ("Berkas disegel", "good"),
    "batch.void_requested": ("Pembatalan diminta", "wait"),
    "batch.voided": ("Dibatalkan", "stop"),
    "batch.delivered": ("Diserahkan ke bank", "good"),
    "batch.bank_rejected": ("Ditolak bank", "stop"),
    "batch.reconciled": ("Cocok dengan bank", "good"),
    "batch.closed": ("Ditutup", "good"),
    "bank_file.downloaded": ("Berkas diunduh", "info"),
    "audit_pack.made": ("Paket audit dibuat", "info"),
}

# Why a line is not what it was last month (autodebit.rules.difference), and the three groups it falls into.
DIFFERENCE_KIND = {"joined": "Donatur baru", "left": "Tidak ikut lagi", "changed": "Jumlahnya berubah"}
DIFFERENCE = {
    "new_mandate": "Surat kuasa baru",
    "starts_now": "Mulai bulan ini, sesuai pilihan donatur",
    "verified_late": "Disetujui setelah batas waktu bulan lalu",
    "resumed": "Dilanjutkan setelah ditangguhkan",
    "put_in_force": "Surat kuasanya sudah berlaku",
    "workers_again": "Bulan lalu tidak ada pekerja yang harus dibayar",
    "within_ceiling": "Bulan lalu melebihi batas tertinggi",
    "salary_then": "Bulan lalu gajinya belum dipastikan masuk",
    "not_collected_then": "Bulan lalu tidak sempat ditagih",
    "joined_other": "Ikut lagi; sebabnya perlu diperiksa",
    "revoked": "Surat kuasa dicabut atau berakhir",
    "suspended": "Surat kuasa ditangguhkan",
    "not_in_force": "Surat kuasa versi baru belum berlaku",
    "ended": "Berakhir sebelum bulan ini",
    "no_lines": "Tidak ada pekerja yang harus dibayar bulan ini",
    "ceiling": "Iuran melebihi batas tertinggi di surat kuasa",
    "salary": "Gaji belum dipastikan masuk",
    "other_bank": "Pindah ke bank lain",
    "left_other": "Tidak ikut; sebabnya perlu diperiksa",
    "more_workers": "Pekerja bertambah",
    "fewer_workers": "Pekerja berkurang",
    "other_workers": "Pekerja diganti",
    "other_cover": "Dasar upah atau program diubah",
    "other_tariff": "Tarif atau keringanan berubah",
    "changed_other": "Jumlah berubah; sebabnya perlu diperiksa",
}

# What a line of the bank's answer means to us (autodebit.rules.matching.Verdict), in the order of the dry run.
VERDICT = {
    "applies": "Cocok, akan dicatat",
    "pending": "Belum diputuskan bank",
    "already": "Sudah tercatat sebelumnya",
    "repeated": "Berulang di berkas ini",
    "unknown": "Rujukan tidak dikenal",
    "foreign": "Milik kumpulan atau bank lain",
    "not_sent": "Tidak pernah dikirim",
    "wrong_amount": "Jumlahnya berbeda",
    "contradiction": "Bertentangan dengan catatan",
    "unreadable": "Tidak terbaca",
}
OUTCOME = {
    "succeeded": "Berhasil",
    "failed": "Gagal",
    "returned": "Dana dikembalikan",
    "pending": "Belum diputuskan",
    "": "Tidak terbaca",
}
RESULT_FORMAT = {
    "result_csv": "Berkas teks (CSV) dari bank",
    "result_fixed": "Berkas teks lebar tetap dari bank",
    "result_xlsx": "Lembar kerja (XLSX) dari bank",
    "pain002": "ISO 20022 pain.002 (status debit)",
    "camt054": "ISO 20022 camt.054 (rincian kredit dan debit)",
    "pacs004": "ISO 20022 pacs.004 (pengembalian dana)",
}
