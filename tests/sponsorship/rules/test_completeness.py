from dataclasses import replace

import pytest

from sponsorship.rules.completeness import REQUIRED_PAPERS, Facts, data_gaps, gaps

COMPLETE = Facts(
    has_person=True,
    has_account=True,
    workers=1,
    uncovered=(),
    mandate_fits=True,
    papers=frozenset(REQUIRED_PAPERS),
)
EMPTY = Facts(
    has_person=False, has_account=False, workers=0, uncovered=(), mandate_fits=False, papers=frozenset()
)


def test_a_complete_registration_lacks_nothing():
    assert data_gaps(COMPLETE) == gaps(COMPLETE) == []


@pytest.mark.parametrize(("change", "found"), [
    ({"has_person": False}, [("person_missing", "diri")]),
    ({"has_account": False}, [("account_missing", "rekening")]),
    ({"workers": 0}, [("worker_missing", "pekerja")]),
    ({"uncovered": ("Sutini", "Parjo")}, [("cover_missing", "kepesertaan"), ("cover_missing", "kepesertaan")]),
    ({"mandate_fits": False}, [("mandate_missing", "persetujuan")]),
    ({"papers": COMPLETE.papers - {"ktp"}}, [("paper_missing", "unggah")]),
    ({"papers": frozenset({"signed_mandate"})}, [("paper_missing", "unggah"), ("paper_missing", "unggah")]),
    ({"papers": frozenset({"mandate_print"})}, [("paper_missing", "unggah")] * 3),
])  # fmt: skip
def test_each_gap_is_named_with_the_step_that_fills_it(change, found):
    assert [(gap.code, gap.field) for gap in gaps(replace(COMPLETE, **change))] == found


def test_an_empty_registration_lacks_everything_in_the_order_of_the_steps():
    fields = [gap.field for gap in gaps(EMPTY)]
    assert fields == ["diri", "rekening", "pekerja", "persetujuan", "unggah", "unggah", "unggah"]


def test_the_mandate_needs_the_data_and_no_papers_yet():
    without_papers = replace(COMPLETE, mandate_fits=False, papers=frozenset())
    assert data_gaps(without_papers) == []


def test_a_worker_without_cover_is_called_by_name():
    (gap,) = data_gaps(replace(COMPLETE, uncovered=("Sutini Contoh",)))
    assert gap.message == "Pilih kepesertaan untuk Sutini Contoh."
    assert gap.level == "refuse"


def test_a_change_needs_workers_who_run_and_names_no_step_when_there_are_none():
    running = Facts(True, True, 1, (), mandate_fits=True, papers=frozenset(REQUIRED_PAPERS), change=True)
    nobody = Facts(True, True, 0, (), mandate_fits=True, papers=frozenset(REQUIRED_PAPERS), change=True)
    assert gaps(running) == []
    assert [(gap.code, gap.field) for gap in gaps(nobody)] == [("nobody_runs", "")]
