"""The states of the collection: obligation, attempt, batch, result file, refund, follow-up. The tables are the
definition; nothing else repeats them."""

from registry.rules.events import Event
from registry.rules.lifecycle import Lifecycle, State, Transition

OBLIGATION = Lifecycle(
    name="obligation",
    initial="planned",
    states=(
        State("planned", "system", "Direncanakan", "info"),
        State("skipped", "nobody", "Tidak ditagih bulan ini", "stop"),
        State("open", "bank", "Menunggu potongan", "wait"),
        State("met", "office", "Terpotong", "good"),
        State("unmet", "office", "Tidak terpotong", "stop"),
        State("reopened", "office", "Dibuka lagi (dana kembali)", "stop"),
        State("written_off", "nobody", "Tidak ditagih lagi", "ended"),
    ),
    transitions=(
        Transition(("planned",), "skip", "skipped", "system", Event.OBLIGATION_SKIPPED),
        Transition(("planned", "unmet", "reopened"), "open", "open", "system", Event.OBLIGATION_OPENED),
        Transition(("open",), "release", "planned", "system", Event.OBLIGATION_RELEASED),
        Transition(("open",), "meet", "met", "system", Event.OBLIGATION_MET),
        Transition(("open",), "miss", "unmet", "system", Event.OBLIGATION_UNMET),
        # With the attempt that is proven below.
        Transition(("unmet",), "prove", "met", "system", Event.OBLIGATION_MET),
        Transition(("met",), "reopen", "reopened", "system", Event.OBLIGATION_REOPENED),
        Transition(
            ("unmet", "reopened"), "write_off", "written_off", "labour_operator", Event.OBLIGATION_WRITTEN_OFF
        ),
    ),
)

ATTEMPT = Lifecycle(
    name="attempt",
    initial="frozen",
    states=(
        State("frozen", "office", "Dibekukan", "info"),
        State("approved", "office", "Disetujui", "info"),
        State("sent", "bank", "Di bank", "wait"),
        State("succeeded", "office", "Berhasil", "good"),
        State("failed", "office", "Gagal", "stop"),
        State("unknown", "office", "Belum ada jawaban", "stop"),
        State("returned", "office", "Dana kembali", "stop"),
        State("released", "nobody", "Dilepas, tidak dikirim", "ended"),
    ),
    transitions=(
        Transition(("frozen",), "approve", "approved", "labour_approver", Event.ATTEMPT_APPROVED),
        Transition(("approved",), "send", "sent", "labour_operator", Event.ATTEMPT_SENT),
        Transition(("sent", "unknown"), "succeed", "succeeded", "system", Event.ATTEMPT_SUCCEEDED),
        Transition(("sent", "unknown"), "fail", "failed", "system", Event.ATTEMPT_FAILED),
        Transition(("sent",), "lose", "unknown", "system", Event.ATTEMPT_UNKNOWN),
        # Never by a file: a person, with the bank's paper, while the bank contradicts the failure it had told.
        Transition(("failed",), "prove", "succeeded", "labour_operator", Event.ATTEMPT_SUCCEEDED),
        Transition(("succeeded",), "return", "returned", "system", Event.ATTEMPT_RETURNED),
        Transition(("frozen", "approved"), "release", "released", "labour_operator", Event.ATTEMPT_RELEASED),
        # Only with the whole file: the bank took none of its lines.
        Transition(("sent", "unknown"), "refuse", "released", "labour_operator", Event.ATTEMPT_REFUSED),
    ),
)

BATCH = Lifecycle(
    name="batch",
    initial="open",
    states=(
        State("open", "system", "Sedang disusun", "wait"),
        State("frozen", "approver", "Dibekukan, menunggu dua persetujuan", "wait"),
        State("approved", "maker", "Disetujui, belum disegel", "info"),
        State("sealed", "maker", "Disegel, siap diunduh", "good"),
        State("delivered", "bank", "Diserahkan ke bank", "wait"),
        State("reconciled", "office", "Cocok dengan bank", "good"),
        State("closed", "nobody", "Ditutup", "good"),
        State("voided", "nobody", "Dibatalkan", "ended"),
        State("bank_rejected", "nobody", "Ditolak bank", "ended"),
    ),
    transitions=(
        Transition(("open",), "freeze", "frozen", "system", Event.BATCH_FROZEN),
        Transition(("frozen",), "approve", "approved", "labour_approver", Event.BATCH_APPROVED),
        Transition(("frozen", "approved"), "reopen", "open", "labour_operator", Event.BATCH_REOPENED),
        Transition(("approved",), "seal", "sealed", "labour_operator", Event.BATCH_SEALED),
        # A wave that came to hold nothing: what it was opened for was settled meanwhile, or its time is over.
        Transition(("open",), "drop", "voided", "system", Event.BATCH_VOIDED),
        Transition(("sealed",), "void", "voided", "labour_approver", Event.BATCH_VOIDED),
        Transition(("sealed",), "hand_over", "delivered", "labour_operator", Event.BATCH_DELIVERED),
        Transition(("delivered",), "refuse", "bank_rejected", "labour_operator", Event.BATCH_BANK_REJECTED),
        Transition(("delivered",), "reconcile", "reconciled", "system", Event.BATCH_RECONCILED),
        Transition(("reconciled",), "close", "closed", "labour_approver", Event.BATCH_CLOSED),
    ),
)

RESULT_FILE = Lifecycle(
    name="result_file",
    initial="received",
    states=(
        State("received", "system", "Sedang dibaca", "wait"),
        State("previewed", "office", "Sudah dibaca, belum diterapkan", "wait"),
        State("applied", "nobody", "Sudah diterapkan", "good"),
        State("quarantined", "nobody", "Ditolak, tidak diterapkan", "ended"),
    ),
    transitions=(
        Transition(("received",), "preview", "previewed", "system", Event.RESULT_PREVIEWED),
        Transition(("previewed",), "apply", "applied", "labour_operator", Event.RESULT_APPLIED),
        Transition(
            ("received", "previewed"),
            "quarantine",
            "quarantined",
            "labour_operator",
            Event.RESULT_QUARANTINED,
        ),
    ),
)

REFUND = Lifecycle(
    name="refund",
    initial="requested",
    states=(
        State("requested", "approver", "Diusulkan, menunggu persetujuan", "wait"),
        State("approved", "office", "Disetujui, belum dibayar", "info"),
        State("paid", "nobody", "Sudah dikembalikan", "good"),
        State("refused", "nobody", "Tidak disetujui", "ended"),
    ),
    transitions=(
        Transition(("requested",), "approve", "approved", "labour_approver", Event.REFUND_APPROVED),
        Transition(("requested",), "refuse", "refused", "labour_approver", Event.REFUND_REFUSED),
        Transition(("approved",), "pay", "paid", "labour_operator", Event.REFUND_PAID),
    ),
)

FOLLOW_UP = Lifecycle(
    name="follow_up",
    initial="open",
    states=(
        State("open", "office", "Menunggu ditindaklanjuti", "stop"),
        State("done", "nobody", "Selesai", "good"),
    ),
    transitions=(Transition(("open",), "settle", "done", "labour_operator", Event.FOLLOW_UP_SETTLED),),
)

LIFECYCLES = (OBLIGATION, ATTEMPT, BATCH, RESULT_FILE, REFUND, FOLLOW_UP)

# An attempt in one of these may still take money or has taken it: at most one per obligation (invariant I1).
LIVE_ATTEMPT = ("frozen", "approved", "sent", "unknown", "succeeded")
# A batch that ended without ever taking money: its wave may be opened anew.
ENDED_BATCH = ("voided", "bank_rejected")
