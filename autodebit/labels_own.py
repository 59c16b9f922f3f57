"""The words that a donor reads about their own money and the cover it became."""

from autodebit.rules.own_month import Standing

# (label, tone) of a month. "Terlindungi" is said of a confirmed month only (I19).
STANDING = {
    Standing.PLANNED: ("Akan dipotong", "info"),
    Standing.WAITING: ("Menunggu jawaban bank", "wait"),
    Standing.NO_ANSWER: ("Kami tanyakan ke bank", "wait"),
    Standing.COLLECTED: ("Terpotong, akan disetor ke BPJS", "info"),
    Standing.REMITTED: ("Disetor, menunggu konfirmasi BPJS", "wait"),
    Standing.PROTECTED: ("Terlindungi", "good"),
    Standing.TRY_AGAIN: ("Belum terpotong, dicoba lagi", "wait"),
    Standing.FAILED: ("Tidak terpotong", "stop"),
    Standing.RETURNED: ("Dana kembali ke rekening Anda", "stop"),
    Standing.REFUNDED: ("Dana kami kembalikan", "info"),
    Standing.SKIPPED: ("Tidak dipotong", "stop"),
    Standing.NOT_ASKED: ("Tidak ditagih", "ended"),
}

# What follows from it, as a whole sentence; where the bank gave a reason, its words for the donor come first.
WHAT_NOW = {
    Standing.PLANNED: "",
    Standing.WAITING: "Bank sudah menerima perintah potong. Jawabannya biasanya datang dalam tiga hari kerja.",
    Standing.NO_ANSWER: (
        "Jawaban bank belum jelas. Petugas menanyakannya; bulan ini tidak dipotong dua kali. "
        "Anda tidak perlu berbuat apa-apa."
    ),
    Standing.COLLECTED: "Petugas menyetorkannya ke BPJS Ketenagakerjaan paling lambat tanggal 10.",
    Standing.REMITTED: "Bulan ini berlaku sesudah BPJS Ketenagakerjaan mengonfirmasinya.",
    Standing.PROTECTED: "",
    Standing.TRY_AGAIN: "Bank kami minta mencoba lagi bulan ini. Tidak ada denda dan tidak ada biaya.",
    Standing.FAILED: "Bulan ini tidak dicoba lagi. Tidak ada denda, dan bulan depan tidak dipotong dua kali.",
    Standing.RETURNED: "Petugas memeriksa sebabnya. Bulan ini tidak ditagih lagi tanpa pemberitahuan.",
    Standing.REFUNDED: "Potongan ini tidak tepat, jadi dananya kami kembalikan. Kami mohon maaf.",
    Standing.SKIPPED: "",
    Standing.NOT_ASKED: "Bulan ini tidak akan ditagih.",
}
STILL_PROTECTED = "Bulan ini tetap terlindungi, karena iurannya sudah disetor ke BPJS Ketenagakerjaan."

SKIPPED_FOR = {
    "ceiling": (
        "Iuran bulan ini lebih besar daripada batas tertinggi di surat kuasa Anda, jadi tidak dipotong sama sekali. "
        "Naikkan batas tertinggi lewat surat kuasa baru, atau kurangi pekerja."
    ),
    "no_lines": "Tidak ada pekerja yang iurannya jatuh pada bulan ini.",
    "salary_not_landed": "Gaji belum dipastikan masuk, jadi rekening Anda tidak dipotong.",
    "not_collected": "Bulan ini tidak sempat ditagih sebelum batas setornya.",
}
SKIPPED_OTHERWISE = "Bulan ini tidak ditagih."

# Why there is no next debit (autodebit.queries_ahead): the headline and what to do.
NO_DEBIT = {
    "not_sent": (
        "Belum ada potongan",
        "Potongan baru ada sesudah pendaftaran Anda dikirim dan disetujui OPD.",
    ),
    "not_verified": (
        "Belum ada potongan",
        "Sesudah OPD menyetujui berkas Anda, tanggal dan jumlahnya tampil di sini.",
    ),
    "at_bank": (
        "Belum ada potongan",
        "Surat kuasa Anda sedang diserahkan ke bank. Anda tidak perlu berbuat apa-apa.",
    ),
    "suspended": (
        "Potongan ditangguhkan",
        "Sesudah jawaban bank, rekening Anda tidak dipotong sampai masalahnya selesai.",
    ),
    "paused": (
        "Sedang dijeda",
        "Tidak ada potongan sampai Anda melanjutkannya. Anda dapat melanjutkan kapan saja.",
    ),
    "ended": ("Tidak ada potongan lagi", "Semua perlindungan sudah berakhir."),
    "retired": ("Tidak ada potongan lagi", "Potongan berhenti sejak bulan tanpa gaji yang Anda catat."),
    "ceiling": (
        "Potongan berikutnya melebihi batas tertinggi",
        "Bila tidak diubah, bulan itu tidak dipotong sama sekali. Naikkan batas tertinggi lewat surat kuasa baru, "
        "atau kurangi pekerja.",
    ),
    "no_tariff": (
        "Jumlah potongan belum diketahui",
        "Tarif bulan itu belum ditetapkan. Anda akan diberi tahu.",
    ),
}
NO_REASON_FROM_BANK = "Bank tidak menyebut alasannya. Petugas menanyakannya."
