"""What the rehearsal bank may do with a batch: which lines meet which fate, and what a person reads about it first.

The same lines in the same order always meet the same fate, so an answer can be fetched twice.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Scenario(StrEnum):
    EVERYDAY = "biasa"
    SUCCESS = "berhasil"
    NO_FUNDS = "saldo-kurang"
    CLOSED_ACCOUNT = "rekening-ditutup"
    PARTIAL = "bertahap"
    LATE_RETURN = "retur"
    DUPLICATE = "ganda"
    TRUNCATED = "terpotong"
    WRONG_TOTALS = "jumlah-salah"
    SILENCE = "diam"


class Fate(StrEnum):
    """What the bank does with one line."""

    TAKEN = "taken"
    NO_FUNDS = "no_funds"
    CLOSED = "closed"
    RETURNED = "returned"
    DOUBLED = "doubled"


@dataclass(frozen=True)
class Told:
    """What the page says: a name, what the bank will do, and what the office has to do about it."""

    title: str
    happens: str
    to_do: str


TOLD: Mapping[Scenario, Told] = {
    Scenario.EVERYDAY: Told(
        "Bulan biasa",
        "Sebagian besar potongan berhasil. Kira-kira satu dari lima saldonya tidak cukup, dan satu rekening "
        "ternyata sudah ditutup.",
        "Terapkan jawabannya. Yang saldonya kurang ikut gelombang berikutnya; surat kuasa dengan rekening "
        "tertutup ditangguhkan dan menjadi tindak lanjut.",
    ),
    Scenario.SUCCESS: Told(
        "Semua berhasil",
        "Setiap potongan dalam berkas ini berhasil.",
        "Terapkan jawabannya, lalu cocokkan dengan mutasi rekening.",
    ),
    Scenario.NO_FUNDS: Told(
        "Saldo tidak cukup",
        "Satu dari setiap tiga potongan gagal karena saldonya tidak cukup; yang lain berhasil.",
        "Terapkan jawabannya. Gelombang berikutnya menagih lagi yang gagal, paling banyak dua kali lagi "
        "sebelum batas setor.",
    ),
    Scenario.CLOSED_ACCOUNT: Told(
        "Rekening ditutup",
        "Satu rekening sudah ditutup; potongan lain berhasil.",
        "Terapkan jawabannya. Surat kuasanya ditangguhkan; putuskan di halaman tindak lanjut.",
    ),
    Scenario.PARTIAL: Told(
        "Jawaban bertahap",
        "Bank menjawab separuh potongan dahulu, sisanya dalam berkas kedua.",
        "Terapkan berkas pertama: sisanya tetap menunggu, tidak ada yang dianggap gagal. Lalu terapkan berkas kedua.",
    ),
    Scenario.LATE_RETURN: Told(
        "Dana ditarik kembali",
        "Satu potongan yang sudah berhasil diminta kembali oleh pemilik rekening.",
        "Terapkan jawabannya. Kewajibannya terbuka lagi dan menjadi tindak lanjut; tidak ada catatan yang dihapus.",
    ),
    Scenario.DUPLICATE: Told(
        "Berkas diterima dua kali",
        "Bank menolak berkas ini karena merasa sudah pernah menerimanya.",
        "Jangan menerapkan begitu saja. Cari dahulu jawaban yang pertama: jika potongannya sudah berhasil, "
        "jawaban ini bertentangan dan hanya menjadi tindak lanjut.",
    ),
    Scenario.TRUNCATED: Told(
        "Berkas terpotong",
        "Jawaban bank putus di tengah, seperti unduhan yang gagal.",
        "Berkasnya ditolak dan tidak ada yang berubah. Unduh lagi jawaban yang utuh dari bank.",
    ),
    Scenario.WRONG_TOTALS: Told(
        "Jumlah tidak cocok",
        "Jumlah rupiah yang disebut berkas berbeda dengan isinya.",
        "Berkasnya ditolak dan tidak ada yang berubah. Minta bank mengirim berkas yang benar.",
    ),
    Scenario.SILENCE: Told(
        "Bank tidak menjawab",
        "Tidak ada berkas jawaban sama sekali.",
        "Majukan jam melewati tiga hari kerja. Potongannya menjadi “belum diketahui”, tidak ditagih lagi "
        "dengan sendirinya, dan menjadi tindak lanjut untuk ditanyakan kepada bank.",
    ),
}

# Answers to a batch that are of no use until the bank sends a whole one.
BROKEN = (Scenario.TRUNCATED, Scenario.WRONG_TOTALS)
_ONE_IN = {Scenario.EVERYDAY: 5, Scenario.NO_FUNDS: 3}
_FEWEST_FOR_A_CLOSED_ACCOUNT = 4


def fates(references: Sequence[str], scenario: Scenario, *, taken: Collection[str] = ()) -> dict[str, Fate]:
    """Reference -> fate, for those lines the bank speaks of. `taken`: lines that succeeded before (LATE_RETURN).

    Nothing at all for SILENCE, and for a LATE_RETURN when nothing succeeded yet.
    """
    if scenario == Scenario.SILENCE:
        return {}
    if scenario == Scenario.LATE_RETURN:
        gone = [reference for reference in references if reference in taken]
        return dict.fromkeys(gone[:1], Fate.RETURNED)
    if scenario == Scenario.DUPLICATE:
        return dict.fromkeys(references, Fate.DOUBLED)
    met = dict.fromkeys(references, Fate.TAKEN)
    if scenario in _ONE_IN:
        met.update(dict.fromkeys(references[:: _ONE_IN[scenario]], Fate.NO_FUNDS))
    if scenario == Scenario.CLOSED_ACCOUNT or (
        scenario == Scenario.EVERYDAY and len(references) >= _FEWEST_FOR_A_CLOSED_ACCOUNT
    ):
        met.update(dict.fromkeys(references[-1:], Fate.CLOSED))
    return met


def halves(met: Mapping[str, Fate]) -> tuple[dict[str, Fate], dict[str, Fate]]:
    """The lines the bank speaks of now, and those it speaks of later; the first half is the larger one."""
    references = list(met)
    middle = (len(references) + 1) // 2
    return {r: met[r] for r in references[:middle]}, {r: met[r] for r in references[middle:]}
