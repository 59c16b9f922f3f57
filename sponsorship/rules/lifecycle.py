"""The states of the promise: registration, sponsorship, mandate. The tables are the definition; nothing else
repeats them."""

from registry.rules.events import Event
from registry.rules.lifecycle import Lifecycle, State, Transition

REGISTRATION = Lifecycle(
    name="registration",
    initial="draft",
    states=(
        State("draft", "donor", "Draf, belum dikirim", "draft"),
        State("submitted", "opd", "Terkirim, menunggu diperiksa OPD", "wait"),
        State("in_check", "opd", "Sedang diperiksa OPD", "wait"),
        State("returned", "donor", "Perlu diperbaiki", "stop"),
        State("verified", "office", "Disetujui OPD", "good"),
        State("withdrawn", "nobody", "Dibatalkan", "ended"),
        State("expired", "nobody", "Kedaluwarsa", "ended"),
    ),
    transitions=(
        Transition(("draft", "returned"), "submit", "submitted", "donor", Event.REGISTRATION_SUBMITTED),
        Transition(("submitted",), "take", "in_check", "opd_verifier", Event.REGISTRATION_TAKEN),
        Transition(("in_check",), "release", "submitted", "opd_verifier", Event.REGISTRATION_RELEASED),
        Transition(("in_check",), "return", "returned", "opd_verifier", Event.REGISTRATION_RETURNED),
        Transition(("in_check",), "verify", "verified", "opd_verifier", Event.REGISTRATION_VERIFIED),
        Transition(
            ("draft", "submitted", "returned"),
            "withdraw",
            "withdrawn",
            "donor",
            Event.REGISTRATION_WITHDRAWN,
        ),
        Transition(("draft", "returned"), "expire", "expired", "system", Event.REGISTRATION_EXPIRED),
    ),
)

SPONSORSHIP = Lifecycle(
    name="sponsorship",
    initial="pending",
    states=(
        State("pending", "donor", "Menunggu berkas disetujui", "wait"),
        State("ready", "office", "Siap, menunggu potongan pertama", "info"),
        State("active", "office", "Aktif", "good"),
        State("paused", "donor", "Dijeda", "stop"),
        State("ending", "office", "Akan berakhir", "stop"),
        State("ended", "nobody", "Berakhir", "ended"),
        State("withdrawn", "nobody", "Dibatalkan", "ended"),
        State("superseded", "nobody", "Diganti pekerja lain", "ended"),
    ),
    transitions=(
        Transition(("pending",), "make_ready", "ready", "opd_verifier", Event.SPONSORSHIP_READY),
        # Under the ceiling of a signed mandate: no new paper, a notice is enough.
        Transition(("pending",), "add", "ready", "donor", Event.SPONSORSHIP_ADDED),
        Transition(("ready",), "activate", "active", "system", Event.SPONSORSHIP_ACTIVATED),
        Transition(("ready", "active"), "pause", "paused", "donor", Event.SPONSORSHIP_PAUSED),
        # Back to what it was: "active" is said only of a promise that had a confirmed month.
        Transition(("paused",), "resume", "active", "donor", Event.SPONSORSHIP_RESUMED),
        Transition(("paused",), "wait_again", "ready", "donor", Event.SPONSORSHIP_RESUMED),
        Transition(("ready", "active", "paused"), "end", "ending", "donor", Event.SPONSORSHIP_ENDING),
        Transition(("ending",), "close", "ended", "system", Event.SPONSORSHIP_ENDED),
        Transition(("pending",), "withdraw", "withdrawn", "donor", Event.SPONSORSHIP_WITHDRAWN),
        Transition(
            ("pending", "ready", "active", "paused"),
            "supersede",
            "superseded",
            "donor",
            Event.SPONSORSHIP_SUPERSEDED,
        ),
    ),
)

MANDATE = Lifecycle(
    name="mandate",
    initial="issued",
    states=(
        State("issued", "donor", "Dicetak, belum ditandatangani", "info"),
        State("signed", "opd", "Ditandatangani, menunggu diperiksa", "wait"),
        State("verified", "office", "Disetujui OPD", "good"),
        State("lodged", "bank", "Diserahkan ke bank", "wait"),
        State("active", "office", "Berlaku", "good"),
        State("suspended", "office", "Ditangguhkan", "stop"),
        State("rejected", "nobody", "Ditolak bank", "ended"),
        State("cancelled", "nobody", "Dicabut", "ended"),
        State("expired", "nobody", "Berakhir", "ended"),
        State("replaced", "nobody", "Diganti versi baru", "ended"),
    ),
    transitions=(
        Transition(("issued",), "sign", "signed", "donor", Event.MANDATE_SIGNED),
        Transition(("signed",), "verify", "verified", "opd_verifier", Event.MANDATE_VERIFIED),
        Transition(("verified",), "lodge", "lodged", "labour_operator", Event.MANDATE_LODGED),
        Transition(("lodged",), "reject", "rejected", "labour_operator", Event.MANDATE_REJECTED),
        Transition(("verified", "lodged"), "activate", "active", "system", Event.MANDATE_ACTIVATED),
        Transition(("active",), "suspend", "suspended", "system", Event.MANDATE_SUSPENDED),
        Transition(("suspended",), "resume", "active", "labour_operator", Event.MANDATE_RESUMED),
        Transition(
            ("issued", "signed", "verified", "lodged", "active", "suspended"),
            "cancel",
            "cancelled",
            "donor",
            Event.MANDATE_CANCELLED,
        ),
        Transition(("active", "suspended"), "expire", "expired", "system", Event.MANDATE_EXPIRED),
        Transition(
            ("issued", "signed", "verified", "lodged", "active", "suspended"),
            "replace",
            "replaced",
            "donor",
            Event.MANDATE_REPLACED,
        ),
    ),
)

WAITING = Lifecycle(
    name="waiting",
    initial="entered",
    states=(
        State("entered", "office", "Menunggu diperiksa", "wait"),
        State("waiting", "donor", "Menunggu orang tua asuh", "info"),
        State("reserved", "donor", "Dipilih, menunggu surat kuasa", "wait"),
        State("chosen", "office", "Mendapat orang tua asuh", "good"),
        State("refused", "nobody", "Tidak memenuhi syarat", "ended"),
        State("withdrawn", "nobody", "Keluar dari daftar", "ended"),
    ),
    transitions=(
        Transition(("entered",), "verify", "waiting", "labour_operator", Event.WAITING_VERIFIED),
        Transition(("entered",), "refuse", "refused", "labour_operator", Event.WAITING_REFUSED),
        Transition(("waiting",), "reserve", "reserved", "donor", Event.WAITING_RESERVED),
        Transition(("reserved",), "release", "waiting", "donor", Event.WAITING_RELEASED),
        Transition(("reserved",), "choose", "chosen", "donor", Event.WAITING_CHOSEN),
        Transition(("chosen",), "return", "waiting", "system", Event.WAITING_RETURNED),
        Transition(
            ("entered", "waiting"), "withdraw", "withdrawn", "labour_operator", Event.WAITING_WITHDRAWN
        ),
    ),
)

LIFECYCLES = (REGISTRATION, SPONSORSHIP, MANDATE, WAITING)

# A registration that may still lead to a debit; one of these per donor.
OPEN_REGISTRATION = ("draft", "submitted", "in_check", "returned")
# From submission on a sponsorship holds its worker's NIK (the column says so); these states keep holding it.
LIVE_SPONSORSHIP = ("pending", "ready", "active", "paused", "ending")
# Sponsorships whose month is due when it is collected, unless that month lies in their pause.
DUE_SPONSORSHIP = ("ready", "active", "paused", "ending")
# At most one mandate version of a lineage is in one of these.
LIVE_MANDATE = ("verified", "lodged", "active", "suspended")
# A worker may wait, be held or be sponsored once at a time.
LIVE_WAITING = ("entered", "waiting", "reserved", "chosen")
