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
}

FORMAT = {
    "bank_csv": "CSV untuk bank",
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
    "Menulis berkas untuk bank",
    "Membaca ulang berkas",
    "Menyimpan berkas",
)

# What the journal of one batch says on its page: the words, and the tone of the mark beside them.
HISTORY = {
    "batch.opened": ("Kumpulan dibuka", "info"),
    "batch.frozen": ("Disusun dan dibekukan", "good"),
    "batch.approved_once": ("Persetujuan pertama", "good"),
    "batch.approved": ("Persetujuan kedua, disetujui", "good"),
    "batch.reopened": ("Dibuka kembali", "wait"),
    "batch.seal_requested": ("Penyegelan diminta", "info"),
    "batch.sealed": ("Berkas disegel", "good"),
    "batch.voided": ("Dibatalkan", "stop"),
    "batch.delivered": ("Diserahkan ke bank", "good"),
    "batch.bank_rejected": ("Ditolak bank", "stop"),
    "batch.reconciled": ("Cocok dengan bank", "good"),
    "batch.closed": ("Ditutup", "good"),
    "bank_file.downloaded": ("Berkas diunduh", "info"),
}
