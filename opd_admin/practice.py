"""The practice month as a list an office walks in an afternoon: what to do, as whom, and where."""

from autodebit.rules.runbook import Step

_OPERATOR, _APPROVERS = "operator.disnaker", "penyetuju1.disnaker, lalu penyetuju2.disnaker"
_MONTH, _BATCHES, _BOOKS = "/kantor/bulan/{period}/", "/kantor/batch/", "/kantor/bulan/{period}/buku/"
PRACTICE: tuple[tuple[Step | None, str, str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        Step.BUILD,
        "Majukan jam melewati batas waktu",
        "siapa saja",
        "Dalam setengah menit sistem menyusun kumpulan potongan dari surat kuasa contoh.",
        (("Majukan jam", "#jam"), ("Papan bulan", _MONTH)),
    ),
    (
        Step.GATE,
        "Pastikan gaji sudah masuk",
        "bendahara setiap OPD",
        "Hanya bila gerbang gaji dipakai. Majukan jam ke hari potongan, masuk sebagai bendahara, nyatakan gaji masuk. "
        "Biarkan satu OPD diam: operator melepas potongannya ke gelombang berikutnya.",
        (
            ("Gaji bulan ini", "/kantor/gaji/"),
            ("Nyalakan gerbang (administrator)", "/admin/registry/city/1/change/"),
        ),
    ),
    (
        Step.APPROVE,
        "Setujui berdua",
        _APPROVERS,
        "Masing-masing melihat selisih dari bulan lalu, lalu mengetik ulang jumlah rupiahnya.",
        (("Potongan bulanan", _BATCHES),),
    ),
    (
        Step.SEAL,
        "Segel berkas bank",
        _OPERATOR,
        "Berkas ditulis, dibaca ulang, dan disimpan dengan sidiknya. Unduh berkas dan surat pengantarnya.",
        (("Potongan bulanan", _BATCHES),),
    ),
    (
        Step.HAND_OVER,
        "Serahkan ke bank",
        _OPERATOR,
        "Catat siapa yang menerima dan kapan. Sejak itu bank latihan memegang berkasnya.",
        (("Potongan bulanan", _BATCHES),),
    ),
    (
        Step.RESULTS,
        "Terima jawaban bank",
        _OPERATOR,
        "Pilih kumpulan di halaman ini, pilih apa yang terjadi, unduh jawabannya, lalu unggah di halaman kumpulan itu. "
        "Coba juga berkas yang terpotong atau salah jumlah: keduanya harus ditolak.",
        (("Kumpulan di bank", "#kumpulan"),),
    ),
    (
        Step.RETRY,
        "Tagih ulang yang saldonya kurang",
        _OPERATOR,
        "Gelombang kedua terbuka sendiri begitu semua potongan dijawab. Setujui, segel, serahkan, dan jawab lagi.",
        (("Potongan bulanan", _BATCHES),),
    ),
    (
        None,
        "Terima penarikan kembali",
        _OPERATOR,
        "Majukan jam dua hari, lalu pilih “Dana ditarik kembali”. Selesaikan di tindak lanjut.",
        (("Tindak lanjut", "/kantor/tindak-lanjut/"),),
    ),
    (
        Step.RECONCILE,
        "Cocokkan dengan mutasi rekening",
        _OPERATOR,
        "Unduh mutasi latihan di halaman ini, unggah, dan jelaskan setiap barisnya sampai tidak ada yang tersisa.",
        (("Mutasi latihan", "#mutasi"), ("Mutasi rekening", "/kantor/mutasi/")),
    ),
    (
        Step.REMIT,
        "Setor ke BPJS Ketenagakerjaan",
        _OPERATOR,
        "Catat setorannya, unduh mutasi sekali lagi (setorannya sudah ada di situ), jelaskan, "
        "lalu catat konfirmasi BPJS.",
        (("Buku bulan ini", _BOOKS),),
    ),
    (
        Step.CLOSE,
        "Tutup bulan dan buat paket audit",
        "penyetuju1.disnaker atau penyetuju2.disnaker",
        "Bulan hanya dapat ditutup bila setiap rupiah terjelaskan. Paket audit dapat diperiksa tanpa basis data.",
        (("Buku bulan ini", _BOOKS),),
    ),
)
