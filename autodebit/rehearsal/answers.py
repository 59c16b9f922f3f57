"""The answer files of the rehearsal bank to one sealed batch: every format the bank's profile can answer in."""

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from autodebit.formats import RESULTS, camt054
from autodebit.formats.lines import Layout, file_name
from autodebit.rehearsal import csv_twin, faults, mock_counterpart
from autodebit.rehearsal.csv_twin import Codes, Received
from autodebit.rehearsal.mock_counterpart import Said
from autodebit.rehearsal.scenarios import Fate, Scenario, fates, halves

MARK = "LATIHAN"
ABOUT = {
    "result_csv": "Jawaban bank, satu baris untuk setiap potongan.",
    "result_fixed": "Jawaban bank, satu baris untuk setiap potongan.",
    "result_xlsx": "Jawaban bank dalam lembar kerja, satu baris untuk setiap potongan.",
    "pain002": "Laporan status: yang ditolak langsung diketahui, yang lain masih diproses.",
    "camt054": "Pemberitahuan dana masuk atau keluar di rekening penampung.",
    "pacs004": "Pengembalian dana yang sudah dipotong.",
}


@dataclass(frozen=True)
class SealedFile:
    """One sealed file of ours: its format with the layout it was written by, and which part of the batch it is."""

    format: str
    layout: Layout
    part: int
    data: bytes


@dataclass(frozen=True)
class Bank:
    """How the bank answers. `results`: format -> layout; `holidays`: days it does not work, weekends apart."""

    name: str
    results: Mapping[str, Layout]
    codes: Codes
    holidays: Sequence[date] = ()


@dataclass(frozen=True)
class Asked:
    """Of which batch the bank speaks. `taken`: references that have succeeded; `returned_on`: a working day."""

    period: str
    wave: int
    collected_on: date
    returned_on: date
    taken: Collection[str] = field(default=())


@dataclass(frozen=True)
class AnswerFile:
    """A file ready to be uploaded at the batch as `format`; `about` says in Indonesian what it is."""

    name: str
    format: str
    about: str
    data: bytes


class TooLarge(ValueError):
    """More lines than a rehearsal is for."""


def answer_files(
    sealed: Sequence[SealedFile], scenario: Scenario, *, bank: Bank, asked: Asked
) -> list[AnswerFile]:
    """What the bank answers, part by part, in the order it sends it; empty when it says nothing (SILENCE).

    Raises TooLarge for a batch of more than 5.000 lines a file.
    """
    taken = list(asked.taken)
    found: list[AnswerFile] = []
    for part in sorted({file.part for file in sealed}):
        spoken: list[AnswerFile] = []
        for file in sealed:
            if file.part == part:
                spoken += _answers(file, scenario, bank, asked, taken)
        if scenario == Scenario.LATE_RETURN and spoken:
            return spoken  # one debit goes back, not one of every part
        found += spoken
    return found


def _answers(
    file: SealedFile, scenario: Scenario, bank: Bank, asked: Asked, taken: list[str]
) -> list[AnswerFile]:
    if file.format in csv_twin.READS:
        return list(_in_tables(file, scenario, bank, asked, taken))
    return list(_in_xml(file, scenario, bank, asked, taken)) if file.format == "pain008" else []


def _in_tables(
    file: SealedFile, scenario: Scenario, bank: Bank, asked: Asked, taken: list[str]
) -> Iterator[AnswerFile]:
    received = csv_twin.receive(file.data, file.format, file.layout)
    met = _fates(tuple(debit.reference for debit in received.debits), scenario, taken)
    for format in csv_twin.WRITES:
        if format not in bank.results or not met:
            continue
        for suffix, some in _portions(met, scenario):
            data = _table(received, some, format, scenario, bank, asked)
            yield _named(format, data, file.part, scenario, suffix, bank, asked)


def _table(
    received: Received,
    met: Mapping[str, Fate],
    format: str,
    scenario: Scenario,
    bank: Bank,
    asked: Asked,
) -> bytes:
    returned = scenario == Scenario.LATE_RETURN
    data = csv_twin.answer(
        received,
        met,
        format=format,
        layout=bank.results[format],
        codes=bank.codes,
        booked_on=asked.returned_on if returned else asked.collected_on,
        message_id=f"{MARK}-{asked.period}-{asked.wave}",
        misstated=scenario == Scenario.WRONG_TOTALS,
    )
    return faults.truncated(data) if scenario == Scenario.TRUNCATED else data


def _in_xml(
    file: SealedFile, scenario: Scenario, bank: Bank, asked: Asked, taken: list[str]
) -> Iterator[AnswerFile]:
    references = mock_counterpart.references(file.data)
    met = _fates(references, scenario, taken)
    if not met:
        return
    if scenario == Scenario.LATE_RETURN:
        said = mock_counterpart.late_return(
            file.data,
            met,
            collected_on=asked.collected_on,
            returned_on=asked.returned_on,
            holidays=bank.holidays,
        )
    else:
        said = mock_counterpart.status_and_credit(
            file.data, met, collected_on=asked.collected_on, holidays=bank.holidays
        )
    for message in said:
        if message.kind in bank.results:
            for suffix, data in _spoilt(message, met, scenario):
                yield _named(message.kind, data, file.part, scenario, suffix, bank, asked)


def _spoilt(message: Said, met: Mapping[str, Fate], scenario: Scenario) -> Iterator[tuple[str, bytes]]:
    if scenario == Scenario.TRUNCATED:
        yield "", faults.truncated(message.data)
    elif scenario == Scenario.WRONG_TOTALS:
        wrong = faults.wrong_sums_in_xml(message.data)
        if wrong != message.data:
            yield "", wrong
    elif scenario == Scenario.PARTIAL and message.kind == "camt054":
        first = len(halves(met)[0])
        for suffix, numbers in (("a", range(1, first + 1)), ("b", range(first + 1, len(met) + 1))):
            if numbers:
                yield suffix, camt054.hand_back(io.BytesIO(message.data), {}, numbers)
    else:
        yield "", message.data


def _fates(references: Sequence[str], scenario: Scenario, taken: Collection[str]) -> dict[str, Fate]:
    if len(references) > mock_counterpart.MOST_LINES:
        raise TooLarge(f"{len(references)} lines")
    return fates(references, scenario, taken=taken)


def _portions(met: dict[str, Fate], scenario: Scenario) -> list[tuple[str, dict[str, Fate]]]:
    if scenario != Scenario.PARTIAL:
        return [("", met)]
    return [(suffix, some) for suffix, some in zip("ab", halves(met), strict=True) if some]


def _named(
    format: str, data: bytes, part: int, scenario: Scenario, suffix: str, bank: Bank, asked: Asked
) -> AnswerFile:
    extension = RESULTS[format].EXTENSION
    pattern = f"{{bank}}_{format.upper()}_{{period}}_G{{wave:02d}}_{{part:02d}}.{extension}"
    layout = {"file_name": bank.results[format].get("file_name", pattern)}
    plain = file_name(layout, bank=bank.name, period=asked.period, wave=asked.wave, part=part)
    stem, _, extension = plain.rpartition(".")
    marks = "_".join(filter(None, (scenario.value, suffix)))
    about = ABOUT[format]
    if suffix:
        about = f"{about} {'Separuh pertama.' if suffix == 'a' else 'Sisanya.'}"
    return AnswerFile(f"{MARK}_{stem}_{marks}.{extension}", format, about, data)
