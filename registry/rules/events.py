"""The closed vocabulary of the journal: every kind of line it can hold, with the words a reader sees."""

from enum import StrEnum


class Event(StrEnum):
    CODE_SENT = "contact.code_sent"
    CONTACT_PROVEN = "contact.proven"
    LINK_CREATED = "link.created"
    LINK_REVOKED = "link.revoked"
    REGISTRATION_STARTED = "registration.started"
    REGISTRATION_SUBMITTED = "registration.submitted"
    REGISTRATION_TAKEN = "registration.taken"
    REGISTRATION_RELEASED = "registration.released"
    REGISTRATION_RETURNED = "registration.returned"
    REGISTRATION_VERIFIED = "registration.verified"
    REGISTRATION_WITHDRAWN = "registration.withdrawn"
    REGISTRATION_EXPIRED = "registration.expired"
    CONSENT_GIVEN = "consent.given"
    SPONSORSHIP_READY = "sponsorship.ready"
    SPONSORSHIP_ADDED = "sponsorship.added"
    SPONSORSHIP_WITHDRAWN = "sponsorship.withdrawn"
    SPONSORSHIP_ACTIVATED = "sponsorship.activated"
    SPONSORSHIP_PAUSED = "sponsorship.paused"
    SPONSORSHIP_RESUMED = "sponsorship.resumed"
    SPONSORSHIP_ENDING = "sponsorship.ending"
    SPONSORSHIP_ENDED = "sponsorship.ended"
    SPONSORSHIP_SUPERSEDED = "sponsorship.superseded"
    DONOR_MOVED = "donor.moved"
    DONOR_RETIRES = "donor.retires"
    DONOR_PREFERENCES = "donor.preferences"
    DONOR_CORRECTED = "donor.corrected"
    DONOR_EXPORTED = "donor.exported"
    DATA_ERASED = "data.erased"
    TARIFF_ASKED = "tariff.asked"
    TARIFF_ANSWERED = "tariff.answered"
    POSTER_CREATED = "poster.created"
    POSTER_REVOKED = "poster.revoked"
    WAITING_ENTERED = "waiting.entered"
    WAITING_VERIFIED = "waiting.verified"
    WAITING_REFUSED = "waiting.refused"
    WAITING_RESERVED = "waiting.reserved"
    WAITING_RELEASED = "waiting.released"
    WAITING_CHOSEN = "waiting.chosen"
    WAITING_RETURNED = "waiting.returned"
    WAITING_WITHDRAWN = "waiting.withdrawn"
    WORKER_AGREED = "worker.agreed"
    ROSTER_UPLOADED = "roster.uploaded"
    MANDATE_ISSUED = "mandate.issued"
    MANDATE_SIGNED = "mandate.signed"
    MANDATE_VERIFIED = "mandate.verified"
    MANDATE_LODGED = "mandate.lodged"
    MANDATE_REJECTED = "mandate.rejected"
    MANDATE_ACTIVATED = "mandate.activated"
    MANDATE_SUSPENDED = "mandate.suspended"
    MANDATE_RESUMED = "mandate.resumed"
    MANDATE_CANCELLED = "mandate.cancelled"
    MANDATE_EXPIRED = "mandate.expired"
    MANDATE_REPLACED = "mandate.replaced"
    PAPER_STORED = "paper.stored"
    PAPER_REMOVED = "paper.removed"
    PAPER_LOOKED_AT = "paper.looked_at"
    PAPER_OPENED = "paper.opened"
    PAPER_PURGED = "paper.purged"
    NUMBER_SHOWN = "number.shown"
    BATCH_OPENED = "batch.opened"
    BATCH_FROZEN = "batch.frozen"
    BATCH_REOPENED = "batch.reopened"
    BATCH_NARROWED = "batch.narrowed"
    BATCH_APPROVED_ONCE = "batch.approved_once"
    BATCH_APPROVED = "batch.approved"
    BATCH_SEAL_REQUESTED = "batch.seal_requested"
    BATCH_SEALED = "batch.sealed"
    BATCH_VOID_REQUESTED = "batch.void_requested"
    BATCH_VOIDED = "batch.voided"
    BATCH_DELIVERED = "batch.delivered"
    BATCH_BANK_REJECTED = "batch.bank_rejected"
    BATCH_RECONCILED = "batch.reconciled"
    BATCH_CLOSED = "batch.closed"
    ATTEMPT_APPROVED = "attempt.approved"
    ATTEMPT_SENT = "attempt.sent"
    ATTEMPT_SUCCEEDED = "attempt.succeeded"
    ATTEMPT_FAILED = "attempt.failed"
    ATTEMPT_UNKNOWN = "attempt.unknown"
    ATTEMPT_RETURNED = "attempt.returned"
    ATTEMPT_RELEASED = "attempt.released"
    ATTEMPT_REFUSED = "attempt.refused"
    ATTEMPT_ANSWERED = "attempt.answered"
    OBLIGATION_OPENED = "obligation.opened"
    OBLIGATION_RELEASED = "obligation.released"
    OBLIGATION_SKIPPED = "obligation.skipped"
    OBLIGATION_MET = "obligation.met"
    OBLIGATION_UNMET = "obligation.unmet"
    OBLIGATION_WRITTEN_OFF = "obligation.written_off"
    OBLIGATION_REOPENED = "obligation.reopened"
    RESULT_RECEIVED = "result.received"
    RESULT_PREVIEWED = "result.previewed"
    RESULT_APPLIED = "result.applied"
    RESULT_QUARANTINED = "result.quarantined"
    RESULT_HANDED_BACK = "result.handed_back"
    FOLLOW_UP_OPENED = "follow_up.opened"
    FOLLOW_UP_SETTLED = "follow_up.settled"
    SALARY_CONFIRMED = "salary.confirmed"
    SALARY_WITHDRAWN = "salary.withdrawn"
    SALARY_GATE_DECIDED = "salary.gate_decided"
    STATEMENT_RECEIVED = "statement.received"
    STATEMENT_EXPLAINED = "statement.explained"
    STATEMENT_UNEXPLAINED = "statement.unexplained"
    REMITTANCE_RECORDED = "remittance.recorded"
    REMITTANCE_CONFIRMED = "remittance.confirmed"
    REMITTANCE_WITHDRAWN = "remittance.withdrawn"
    REFUND_REQUESTED = "refund.requested"
    REFUND_APPROVED = "refund.approved"
    REFUND_REFUSED = "refund.refused"
    REFUND_PAID = "refund.paid"
    MONTH_CLOSED = "month.closed"
    AUDIT_PACK_MADE = "audit_pack.made"
    BANK_FILE_DOWNLOADED = "bank_file.downloaded"
    REFERENCE_LOADED = "reference.loaded"
    REFERENCE_CHANGED = "reference.changed"
    PROFILE_REVISED = "profile.revised"
    ALARM_RAISED = "alarm.raised"
    ROLE_GRANTED = "role.granted"
    ROLE_TAKEN = "role.taken"
    STAFF_SIGNED_IN = "staff.signed_in"
    STAFF_CHANGED = "staff.changed"
    SECOND_FACTOR_RESET = "staff.second_factor_reset"
    CLOCK_MOVED = "demo.clock_moved"

    @property
    def label(self) -> str:
        """What a reader of the journal sees."""
        return LABELS[self]


LABELS: dict[Event, str] = {
    Event.CODE_SENT: "Kode sekali pakai dikirim",
    Event.CONTACT_PROVEN: "Kontak dibuktikan",
    Event.LINK_CREATED: "Tautan pendaftaran dibuat",
    Event.LINK_REVOKED: "Tautan pendaftaran dicabut",
    Event.REGISTRATION_STARTED: "Pendaftaran dimulai",
    Event.REGISTRATION_SUBMITTED: "Pendaftaran dikirim",
    Event.REGISTRATION_TAKEN: "Pendaftaran diambil untuk diperiksa",
    Event.REGISTRATION_RELEASED: "Pendaftaran dilepas ke antrean",
    Event.REGISTRATION_RETURNED: "Pendaftaran dikembalikan",
    Event.REGISTRATION_VERIFIED: "Pendaftaran disetujui",
    Event.REGISTRATION_WITHDRAWN: "Pendaftaran dibatalkan",
    Event.REGISTRATION_EXPIRED: "Pendaftaran kedaluwarsa",
    Event.CONSENT_GIVEN: "Persetujuan diberikan",
    Event.SPONSORSHIP_READY: "Perlindungan siap",
    Event.SPONSORSHIP_ADDED: "Pekerja ditambahkan tanpa surat baru",
    Event.SPONSORSHIP_WITHDRAWN: "Perlindungan dibatalkan",
    Event.SPONSORSHIP_ACTIVATED: "Perlindungan aktif",
    Event.SPONSORSHIP_PAUSED: "Perlindungan dijeda",
    Event.SPONSORSHIP_RESUMED: "Perlindungan dilanjutkan",
    Event.SPONSORSHIP_ENDING: "Perlindungan akan berakhir",
    Event.SPONSORSHIP_ENDED: "Perlindungan berakhir",
    Event.SPONSORSHIP_SUPERSEDED: "Perlindungan diganti pekerja lain",
    Event.DONOR_MOVED: "Donatur pindah OPD",
    Event.DONOR_RETIRES: "Donatur pensiun",
    Event.DONOR_PREFERENCES: "Pilihan pesan diubah",
    Event.DONOR_CORRECTED: "Data donatur dibetulkan",
    Event.DONOR_EXPORTED: "Data donatur diunduh",
    Event.DATA_ERASED: "Data pribadi dihapus",
    Event.TARIFF_ASKED: "Perubahan iuran ditanyakan",
    Event.TARIFF_ANSWERED: "Perubahan iuran dijawab",
    Event.POSTER_CREATED: "Poster pendaftaran dibuat",
    Event.POSTER_REVOKED: "Poster pendaftaran dicabut",
    Event.WAITING_ENTERED: "Pekerja didaftarkan ke daftar tunggu",
    Event.WAITING_VERIFIED: "Pekerja diterima di daftar tunggu",
    Event.WAITING_REFUSED: "Pekerja ditolak dari daftar tunggu",
    Event.WAITING_RESERVED: "Pekerja dipilih dari daftar tunggu",
    Event.WAITING_RELEASED: "Pilihan dari daftar tunggu dilepas",
    Event.WAITING_CHOSEN: "Pekerja mendapat orang tua asuh",
    Event.WAITING_RETURNED: "Pekerja kembali ke daftar tunggu",
    Event.WAITING_WITHDRAWN: "Pekerja keluar dari daftar tunggu",
    Event.WORKER_AGREED: "Persetujuan pekerja dicatat",
    Event.ROSTER_UPLOADED: "Daftar pegawai diunggah",
    Event.MANDATE_ISSUED: "Surat kuasa diterbitkan",
    Event.MANDATE_SIGNED: "Surat kuasa ditandatangani",
    Event.MANDATE_VERIFIED: "Surat kuasa disetujui",
    Event.MANDATE_LODGED: "Surat kuasa diserahkan ke bank",
    Event.MANDATE_REJECTED: "Surat kuasa ditolak",
    Event.MANDATE_ACTIVATED: "Surat kuasa diberlakukan",
    Event.MANDATE_SUSPENDED: "Surat kuasa ditangguhkan",
    Event.MANDATE_RESUMED: "Surat kuasa dilanjutkan",
    Event.MANDATE_CANCELLED: "Surat kuasa dicabut",
    Event.MANDATE_EXPIRED: "Surat kuasa kedaluwarsa",
    Event.MANDATE_REPLACED: "Surat kuasa diganti",
    Event.PAPER_STORED: "Berkas disimpan",
    Event.PAPER_REMOVED: "Berkas dilepas dari pendaftaran",
    Event.PAPER_LOOKED_AT: "Mutu berkas diperiksa",
    Event.PAPER_OPENED: "Berkas dilihat",
    Event.PAPER_PURGED: "Berkas dihapus",
    Event.NUMBER_SHOWN: "Nomor lengkap ditampilkan",
    Event.BATCH_OPENED: "Kumpulan potongan dibuka",
    Event.BATCH_FROZEN: "Kumpulan potongan dibekukan",
    Event.BATCH_REOPENED: "Kumpulan potongan dibuka kembali",
    Event.BATCH_NARROWED: "Kumpulan potongan dipersempit",
    Event.BATCH_APPROVED_ONCE: "Persetujuan pertama potongan",
    Event.BATCH_APPROVED: "Kumpulan potongan disetujui",
    Event.BATCH_SEAL_REQUESTED: "Penyegelan berkas bank diminta",
    Event.BATCH_SEALED: "Berkas bank disegel",
    Event.BATCH_VOID_REQUESTED: "Pembatalan kumpulan potongan diminta",
    Event.BATCH_VOIDED: "Kumpulan potongan dibatalkan",
    Event.BATCH_DELIVERED: "Berkas bank diserahkan",
    Event.BATCH_BANK_REJECTED: "Berkas bank ditolak bank",
    Event.BATCH_RECONCILED: "Kumpulan potongan cocok dengan bank",
    Event.BATCH_CLOSED: "Kumpulan potongan ditutup",
    Event.ATTEMPT_APPROVED: "Baris potongan disetujui",
    Event.ATTEMPT_SENT: "Baris potongan dikirim",
    Event.ATTEMPT_SUCCEEDED: "Potongan berhasil",
    Event.ATTEMPT_FAILED: "Potongan gagal",
    Event.ATTEMPT_UNKNOWN: "Hasil potongan belum diketahui",
    Event.ATTEMPT_RETURNED: "Potongan dikembalikan bank",
    Event.ATTEMPT_RELEASED: "Baris potongan dilepas",
    Event.ATTEMPT_REFUSED: "Baris potongan ditolak bersama berkasnya",
    Event.ATTEMPT_ANSWERED: "Jawaban bank dicatat oleh petugas",
    Event.OBLIGATION_OPENED: "Kewajiban bulanan dibuka",
    Event.OBLIGATION_RELEASED: "Kewajiban bulanan kembali direncanakan",
    Event.OBLIGATION_SKIPPED: "Kewajiban bulanan dilewati",
    Event.OBLIGATION_MET: "Kewajiban bulanan terpenuhi",
    Event.OBLIGATION_UNMET: "Kewajiban bulanan belum terpenuhi",
    Event.OBLIGATION_WRITTEN_OFF: "Kewajiban bulanan dihapuskan",
    Event.OBLIGATION_REOPENED: "Kewajiban bulanan dibuka kembali",
    Event.RESULT_RECEIVED: "Jawaban bank diterima",
    Event.RESULT_PREVIEWED: "Jawaban bank dibaca",
    Event.RESULT_APPLIED: "Jawaban bank diterapkan",
    Event.RESULT_QUARANTINED: "Jawaban bank ditolak",
    Event.RESULT_HANDED_BACK: "Baris yang tidak cocok diunduh",
    Event.FOLLOW_UP_OPENED: "Tindak lanjut dibuka",
    Event.FOLLOW_UP_SETTLED: "Tindak lanjut selesai",
    Event.SALARY_CONFIRMED: "Gaji dinyatakan sudah masuk",
    Event.SALARY_WITHDRAWN: "Pernyataan gaji dicabut",
    Event.SALARY_GATE_DECIDED: "Keputusan gerbang gaji",
    Event.STATEMENT_RECEIVED: "Mutasi rekening diterima",
    Event.STATEMENT_EXPLAINED: "Mutasi rekening dijelaskan",
    Event.STATEMENT_UNEXPLAINED: "Penjelasan mutasi dibatalkan",
    Event.REMITTANCE_RECORDED: "Setoran ke BPJS dicatat",
    Event.REMITTANCE_CONFIRMED: "Setoran dikonfirmasi BPJS",
    Event.REMITTANCE_WITHDRAWN: "Catatan setoran dibatalkan",
    Event.REFUND_REQUESTED: "Pengembalian dana diusulkan",
    Event.REFUND_APPROVED: "Pengembalian dana disetujui",
    Event.REFUND_REFUSED: "Pengembalian dana tidak disetujui",
    Event.REFUND_PAID: "Dana dikembalikan",
    Event.MONTH_CLOSED: "Bulan ditutup",
    Event.AUDIT_PACK_MADE: "Paket audit dibuat",
    Event.BANK_FILE_DOWNLOADED: "Berkas bank diunduh",
    Event.REFERENCE_LOADED: "Data acuan dimuat",
    Event.REFERENCE_CHANGED: "Data acuan diubah",
    Event.PROFILE_REVISED: "Profil bank diubah",
    Event.ALARM_RAISED: "Peringatan langkah terlambat",
    Event.ROLE_GRANTED: "Peran diberikan",
    Event.ROLE_TAKEN: "Peran dicabut",
    Event.STAFF_SIGNED_IN: "Petugas masuk",
    Event.STAFF_CHANGED: "Akun petugas diubah",
    Event.SECOND_FACTOR_RESET: "Pengaman kedua diatur ulang",
    Event.CLOCK_MOVED: "Jam peragaan dimajukan",
}

# The facts that lines of the journal carry, by the name they are kept under.
DETAIL_LABELS: dict[str, str] = {
    "amount": "jumlah rupiah",
    "applied": "baris diterapkan",
    "by_hand": "dicatat tangan",
    "by_link": "lewat tautan",
    "changed": "diubah",
    "changes": "perubahan",
    "channel": "saluran",
    "code": "kode",
    "content_hash": "sidik isi",
    "count": "jumlah baris",
    "days": "berlaku (hari)",
    "decision": "keputusan",
    "file": "nama berkas",
    "format": "bentuk",
    "kept": "baris tetap",
    "kind": "jenis",
    "landed_on": "tanggal gaji masuk",
    "lines": "baris",
    "method": "cara persetujuan",
    "max_uses": "batas pemakaian",
    "name": "nama",
    "new": "baru",
    "number": "nomor",
    "opd": "OPD",
    "origin": "sumber pendaftaran",
    "outcome": "hasil",
    "page": "halaman",
    "paid_on": "tanggal bayar",
    "part": "bagian",
    "period": "bulan",
    "reason": "alasan",
    "receiver": "diterima oleh",
    "reference": "rujukan",
    "released": "baris dilepas",
    "repeated": "dimasukkan lagi",
    "revision": "revisi",
    "role": "peran",
    "sha256": "sidik SHA-256",
    "source": "dari",
    "step": "langkah",
    "summary": "ringkasan",
    "target": "menjadi",
    "text_version": "versi naskah",
    "total": "jumlah rupiah",
    "uses": "pemakaian",
    "wave": "gelombang",
}
