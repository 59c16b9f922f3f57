"""What a registration still lacks before it may be printed and sent. Pure: plain facts in, findings out."""

from dataclasses import dataclass

from registry.rules.finding import Finding

# Where a gap is filled: the name of the wizard's step.
PERSON, ACCOUNT, WORKERS, COVER, MANDATE, PAPERS = (
    "diri",
    "rekening",
    "pekerja",
    "kepesertaan",
    "persetujuan",
    "unggah",
)
REQUIRED_PAPERS = {
    "signed_mandate": "surat kuasa yang sudah ditandatangani",
    "ktp": "foto KTP Anda",
    "passbook": "foto halaman depan buku tabungan",
}

# Nothing the donor could fill in: no step of the way is named.
NOBODY_RUNS = Finding(
    "nobody_runs",
    "Tidak ada lagi pekerja yang berjalan, jadi tidak ada yang diubah. Batalkan perubahan ini di halaman Anda.",
)


@dataclass(frozen=True)
class Facts:
    """`uncovered`: names of workers without programme; `mandate_fits`: printed from exactly the present data.

    `change`: no worker is added, only the terms of those who run already (`workers` counts them) get a new mandate.
    """

    has_person: bool
    has_account: bool
    workers: int
    uncovered: tuple[str, ...]
    mandate_fits: bool
    papers: frozenset[str]
    change: bool = False


def data_gaps(facts: Facts) -> list[Finding]:
    """What is missing before the mandate can be printed, in the order of the steps; `field` names the step."""
    gaps = []
    if not facts.has_person:
        gaps.append(
            Finding("person_missing", "Lengkapi data diri Anda: nama, NIP, jabatan, dan OPD.", PERSON)
        )
    if not facts.has_account:
        gaps.append(Finding("account_missing", "Isi nomor rekening Anda dan nama pemiliknya.", ACCOUNT))
    if not facts.workers and facts.change:
        gaps.append(NOBODY_RUNS)
    elif not facts.workers:
        gaps.append(Finding("worker_missing", "Tambahkan sedikitnya satu pekerja.", WORKERS))
    gaps += [Finding("cover_missing", f"Pilih kepesertaan untuk {name}.", COVER) for name in facts.uncovered]
    return gaps


def gaps(facts: Facts) -> list[Finding]:
    """What is missing before the registration can be sent."""
    found = data_gaps(facts)
    if not facts.mandate_fits:
        found.append(
            Finding(
                "mandate_missing",
                "Setujui dan cetak surat kuasa yang sesuai dengan data terakhir Anda.",
                MANDATE,
            )
        )
    found += [
        Finding("paper_missing", f"Unggah {label}.", PAPERS)
        for kind, label in REQUIRED_PAPERS.items()
        if kind not in facts.papers
    ]
    return found
