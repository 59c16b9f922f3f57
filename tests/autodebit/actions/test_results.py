import hashlib

import pytest

from autodebit.actions import delivery, results
from autodebit.models import (
    Attempt,
    BankProfile,
    Entry,
    FollowUp,
    Obligation,
    ReasonCode,
    ResultFile,
    ResultLine,
)
from registry.actions import documents
from registry.models import AuditEvent, Document
from sponsorship.models import Mandate
from tests.autodebit.population import make_staff
from tests.month import (
    ANSWERED_AT,
    BOOKED_ON,
    RETURNED_AT,
    Said,
    an_operator,
    answer_file,
    answered_batch,
    applied,
    apply_file,
    delimited_answer,
    delivered_batch,
    message_id_of,
    previewed,
    received,
    references,
    sealed_batch,
)

pytestmark = pytest.mark.django_db
UPLOAD = {"format": "result_csv", "name": "HASIL.csv", "now": ANSWERED_AT}


def states(batch) -> list[str]:
    """The states of the lines, in the order of their references."""
    return list(batch.attempts.order_by("reference").values_list("state", flat=True))


def obligations(batch) -> list[str]:
    return list(batch.attempts.order_by("reference").values_list("obligation__state", flat=True))


def nothing_moved(batch) -> bool:
    return set(states(batch)) == {"sent"} and not Entry.objects.exists() and not FollowUp.objects.exists()


def test_an_answer_is_kept_as_it_came_under_its_hash():
    batch = delivered_batch(1)
    data = answer_file(batch)
    file = received(batch, data)
    assert file.sha256 == hashlib.sha256(data).hexdigest() and documents.read(file.sha256) == data
    assert (file.state, file.document.kind) == ("received", "bank_answer")
    event = AuditEvent.objects.get(event="result.received")
    assert (event.actor_user, event.detail["sha256"]) == (an_operator(), file.sha256)


def test_only_an_operator_uploads_applies_refuses_and_hands_back():
    batch = delivered_batch(1)
    file = previewed(batch, answer_file(batch))
    for number, role in enumerate(("labour_approver", "auditor", "labour_viewer", "administrator")):
        by = {"by": make_staff(f"lain{number}", role), "now": ANSWERED_AT}
        answers = (
            results.receive(batch_id=batch.pk, format="result_csv", name="x", data=b"x", **by),
            results.request_apply(file_id=file.pk, typed_total=results.figure_to_type(file), **by),
            results.quarantine(file_id=file.pk, reason="Tidak jadi dipakai", **by),
            results.hand_back(file_id=file.pk, **by),
        )
        assert {answer.code for answer in answers} == {"right_missing"}
    assert ResultFile.objects.get().state == "previewed"


def test_a_batch_that_is_not_at_the_bank_takes_no_answer():
    sealed = sealed_batch(1)
    by = an_operator()
    assert results.receive(batch_id=sealed.pk, data=b"x", by=by, **UPLOAD).code == "not_delivered"


@pytest.mark.parametrize("data, code", [(b"", "empty"), (b"x" * 11, "too_large")])
def test_an_empty_or_much_too_large_file_is_not_kept(data, code, monkeypatch):
    monkeypatch.setattr(results, "LARGEST_ANSWER", 10)
    batch = delivered_batch(1)
    assert results.receive(batch_id=batch.pk, data=data, by=an_operator(), **UPLOAD).code == code
    assert not ResultFile.objects.exists()


def test_a_format_that_the_profile_does_not_have_is_refused():
    batch = delivered_batch(1)
    said = {"name": "x", "data": b"x", "by": an_operator(), "now": ANSWERED_AT}
    for format in ("result_xlsx", "result_of_nobody"):
        assert results.receive(batch_id=batch.pk, format=format, **said).field == "format"


def test_a_full_disk_keeps_nothing(monkeypatch):
    def full(**_):
        raise OSError(28, "No space left on device")

    batch = delivered_batch(1)
    monkeypatch.setattr(documents, "store", full)
    assert results.receive(batch_id=batch.pk, data=b"x", by=an_operator(), **UPLOAD).code == "not_kept"
    assert not ResultFile.objects.exists()


def test_the_dry_run_counts_every_meaning_and_moves_nothing():
    batch = delivered_batch(8)
    one, two, three, four, five, six, seven, _ = references(batch)
    applied(batch, {seven: "succeeded"})
    lines = [
        (one, Said("succeeded"), 8_400),
        (two, Said("failed", "AM04"), 8_400),
        (three, Said("pending"), 8_400),
        (four, Said("succeeded", amount=8_000), 8_400),
        (five, Said("succeeded"), 8_400),
        (five, Said("succeeded"), 8_400),
        (six, Said("succeeded"), 8_400),
        (six, Said("failed", "AM04"), 8_400),
        (seven, Said("succeeded"), 8_400),
        ("TIDAKDIKENAL0001", Said("succeeded"), 9_000),
    ]
    file = previewed(batch, of_lines(batch, lines))
    assert file.summary == {
        "applies": {"count": 3, "total": 25_200},
        "moves": {"succeeded": {"count": 2, "total": 16_800}, "failed": {"count": 1, "total": 8_400}},
        "reasons": [{"outcome": "failed", "code": "AM04", "count": 1, "total": 8_400}],
        "pending": {"count": 1, "total": 8_400},
        "wrong_amount": {"count": 1, "total": 8_000},
        "repeated": {"count": 1, "total": 8_400},
        "contradiction": {"count": 2, "total": 16_800},
        "already": {"count": 1, "total": 8_400},
        "unknown": {"count": 1, "total": 9_000},
        "missing": {"count": 1, "total": 8_400},
    }
    assert (file.count, results.figure_to_type(file)) == (10, 16_800)
    assert states(batch).count("sent") == 7 and FollowUp.objects.count() == 0


def of_lines(batch, lines) -> bytes:
    layout = batch.profile.results["result_csv"]
    return delimited_answer(layout, lines, answers_to=message_id_of(batch) or "")


def test_applying_moves_lines_obligations_books_and_mandates_at_once():
    batch = answered_batch(5, ["succeeded", "failed AM04", "failed AC04", "pending", "failed ZZ99"])
    assert states(batch) == ["succeeded", "failed", "failed", "sent", "failed"]
    assert obligations(batch) == ["met", "unmet", "unmet", "open", "unmet"]
    paid, _, closed, *_ = batch.attempts.order_by("reference")
    entry = Entry.objects.get()
    assert (entry.kind, entry.amount, entry.attempt, entry.batch, entry.period) == (
        "collected", paid.amount, paid, batch, "2026-12",
    )  # fmt: skip
    assert (entry.result_file, entry.result_line) == (ResultFile.objects.get(), 2)
    assert ResultLine.objects.get(attempt=paid).booked_on == BOOKED_ON
    task = FollowUp.objects.get()
    assert (task.kind, task.attempt, task.answer.code) == ("hard_code", closed, "AC04")
    suspended = Mandate.objects.get(state="suspended")
    assert suspended == closed.mandate
    told = AuditEvent.objects.get(event="mandate.suspended")
    assert (told.object_id, told.detail["code"]) == (str(suspended.pk), "AC04")
    assert list(batch.attempts.order_by("reference").values_list("code", flat=True)) == [
        "", "AM04", "AC04", "", "ZZ99",
    ]  # fmt: skip


def test_a_code_that_nobody_knows_opens_nothing_and_is_listed():
    answered_batch(1, ["failed ZZ99"])
    assert not ReasonCode.objects.filter(code="ZZ99").exists()
    assert not FollowUp.objects.exists() and not Mandate.objects.filter(state="suspended").exists()
    assert ResultFile.objects.get().summary["reasons"][0]["code"] == "ZZ99"


def test_contradictions_and_other_amounts_go_to_a_person_once():
    batch = answered_batch(2, ["succeeded", Said("succeeded", amount=1)])
    one, two = references(batch)
    for amount in (2, 3):
        applied(batch, {one: "failed AM04", two: Said("succeeded", amount=amount)})
    assert states(batch) == ["succeeded", "sent"]
    assert sorted(FollowUp.objects.values_list("kind", "attempt__reference")) == [
        ("contradiction", one),
        ("wrong_amount", two),
    ]
    assert Entry.objects.count() == 1
    assert AuditEvent.objects.filter(event="follow_up.opened").count() == 2


def test_the_same_file_again_is_the_file_that_is_there():
    batch = delivered_batch(2)
    data = answer_file(batch)
    file = apply_file(previewed(batch, data))
    again = received(batch, data, name="LAIN.csv")
    assert (again, again.state) == (file, "applied")
    assert results.read_file(file_id=file.pk, now=RETURNED_AT).state == "applied"
    assert results.apply(file_id=file.pk, now=RETURNED_AT).applied_at == ANSWERED_AT
    assert (Entry.objects.count(), ResultLine.objects.count(), Document.objects.filter(kind="bank_answer").count()) == (
        2, 2, 1,
    )  # fmt: skip


def test_the_same_content_in_another_order_changes_nothing():
    batch = answered_batch(3)
    said = dict.fromkeys(reversed(references(batch)), "succeeded")
    again = applied(batch, said)
    assert again.summary["already"] == {"count": 3, "total": 25_200}
    assert "applies" not in again.summary and Entry.objects.count() == 3


def test_an_answer_in_parts_is_applied_part_by_part():
    batch = delivered_batch(3)
    one, two, three = references(batch)
    first = applied(batch, {one: "succeeded"})
    second = applied(batch, {three: "succeeded", two: "failed AM04", one: "succeeded"})
    assert first.summary["missing"]["count"] == 2 and second.summary["missing"]["count"] == 0
    assert states(batch) == ["succeeded", "failed", "succeeded"]
    assert Entry.objects.count() == 2


def test_cut_at_any_byte_nothing_of_it_moves():
    batch = delivered_batch(2)
    whole = answer_file(batch)
    for end in range(1, len(whole)):
        file = received(batch, whole[:end], name=f"{end}.csv")
        file = results.read_file(file_id=file.pk, now=ANSWERED_AT)
        # Only the last line end is no part of what the file says.
        assert file.state == ("quarantined" if end < len(whole) - 2 else "previewed"), end
        assert file.reason or end >= len(whole) - 2
    assert nothing_moved(batch)


def test_totals_off_by_one_are_refused_with_the_reason():
    batch = delivered_batch(2)
    file = previewed(batch, answer_file(batch).replace(b",2,16800", b",2,16801"))
    assert (file.state, nothing_moved(batch)) == ("quarantined", True)
    assert "jumlah rupiah" in file.reason.lower()
    assert not ResultLine.objects.exists()
    assert AuditEvent.objects.get(event="result.quarantined").actor_kind == "system"


def test_the_answer_to_another_file_is_refused():
    batch = delivered_batch(1)
    file = previewed(batch, answer_file(batch, answers_to="ASN-2026-11-G01-R1-00000000"))
    assert (file.state, "menjawab berkas lain" in file.reason) == ("quarantined", True)


def test_a_file_that_was_refused_may_come_again():
    batch = delivered_batch(1)
    data = answer_file(batch)
    file = previewed(batch, data)
    answer = results.quarantine(file_id=file.pk, reason="Bulan lain", by=an_operator(), now=ANSWERED_AT)
    assert (answer.state, answer.reason) == ("quarantined", "Bulan lain")
    again = apply_file(previewed(batch, data))
    assert (again.pk != file.pk, states(batch)) == (True, ["succeeded"])
    refused = results.quarantine(file_id=again.pk, reason="Tidak jadi", by=an_operator(), now=ANSWERED_AT)
    assert refused.code == "not_open"


def test_a_faulty_line_is_told_with_its_number_and_the_others_are_applied():
    batch = delivered_batch(2)
    data = answer_file(batch).replace(b"BERHASIL", b"BERHSIL", 1)
    file = previewed(batch, data)
    assert file.summary["unreadable"]["count"] == 1 and file.faults == 1
    place, message = file.findings[0]
    assert (place, message.startswith("Baris 2:")) == ("2", True)
    apply_file(file)
    assert sorted(states(batch)) == ["sent", "succeeded"]


def test_a_sum_beyond_every_column_is_refused_with_the_reason():
    """Not an error of the database that comes again with every sweep."""
    batch = delivered_batch(1)
    absurd = {f"BUKANKAMI{number:07d}": Said("succeeded", amount=10**18 - 1) for number in range(10)}
    file = previewed(batch, answer_file(batch, absurd))
    assert (file.state, file.count) == ("quarantined", 10)


def test_another_figure_than_the_one_shown_applies_nothing():
    batch = delivered_batch(1)
    file = previewed(batch, answer_file(batch))
    wrong = results.request_apply(file_id=file.pk, typed_total=8_401, by=an_operator(), now=ANSWERED_AT)
    assert (wrong.code, wrong.field) == ("total_differs", "typed_total")
    assert results.apply(file_id=file.pk, now=ANSWERED_AT).state == "previewed"
    assert nothing_moved(batch)


def test_what_changed_since_it_was_looked_at_is_shown_anew_and_not_applied():
    batch = delivered_batch(2)
    one, two = references(batch)
    early = previewed(batch, answer_file(batch, {one: "succeeded", two: "succeeded"}))
    applied(batch, {two: "failed AM04"})
    figure = results.figure_to_type(early)
    results.request_apply(file_id=early.pk, typed_total=figure, by=an_operator(), now=ANSWERED_AT)
    answer = results.apply(file_id=early.pk, now=ANSWERED_AT)
    early.refresh_from_db()
    assert answer.code == "changed" and early.note == answer.message
    assert (early.state, early.apply_requested_at) == ("previewed", None)
    assert early.summary["contradiction"]["count"] == 1 and results.figure_to_type(early) == 8_400
    assert states(batch) == ["sent", "failed"]
    apply_file(early)
    assert states(batch) == ["succeeded", "failed"]
    assert FollowUp.objects.get().kind == "contradiction"


def test_a_batch_refused_as_a_whole_in_between_moves_nothing():
    batch = delivered_batch(1)
    file = previewed(batch, answer_file(batch))
    results.request_apply(file_id=file.pk, typed_total=8_400, by=an_operator(), now=ANSWERED_AT)
    refusal = delivery.refuse(
        batch_id=batch.pk, reason="Berkas ganda", evidence=b"<x/>", content_type="application/xml",
        by=an_operator(), now=ANSWERED_AT,
    )  # fmt: skip
    assert refusal.state == "bank_rejected", refusal
    assert results.apply(file_id=file.pk, now=ANSWERED_AT).code == "changed"
    assert states(batch) == ["released"] and not Entry.objects.exists()


def test_a_damaged_file_in_the_store_is_refused_not_guessed():
    batch = delivered_batch(1)
    file = received(batch, answer_file(batch))
    documents.path_of(file.sha256).write_bytes(b"damaged")
    assert results.read_file(file_id=file.pk, now=ANSWERED_AT).state == "quarantined"


def test_a_layout_that_is_gone_refuses_the_file():
    batch = delivered_batch(1)
    file = received(batch, answer_file(batch))
    BankProfile.objects.filter(pk=batch.profile_id).update(results={})
    read = results.read_file(file_id=file.pk, now=ANSWERED_AT)
    assert (read.state, "profil bank" in read.reason) == ("quarantined", True)


def test_hostile_words_of_a_bank_are_kept_as_words():
    batch = delivered_batch(1)
    data = answer_file(batch).replace(b",BERHASIL,,20261201,", b",BERHASIL,,20261201,\\N '); DROP--")
    apply_file(previewed(batch, data))
    assert ResultLine.objects.get().text == "\\N '); DROP--"


def test_a_late_return_reopens_the_month_before_it_was_paid_and_asks_a_person():
    batch = answered_batch(2)
    one, two = references(batch)
    applied(batch, {one: "returned MD06"}, now=RETURNED_AT)
    assert states(batch) == ["returned", "succeeded"] and obligations(batch) == ["reopened", "met"]
    back = Entry.objects.get(kind="returned")
    assert (back.amount, back.after_remittance, back.period) == (-8_400, False, "2026-12")
    assert Entry.objects.filter(kind="collected").count() == 2  # nothing is edited
    assert set(FollowUp.objects.values_list("kind", flat=True)) == {"late_return", "hard_code"}
    again = applied(batch, {one: "returned MD06", two: "pending"}, now=RETURNED_AT)
    assert again.summary["already"]["count"] == 2 and Entry.objects.count() == 3


def test_silence_that_ends_settles_its_follow_up():
    batch = delivered_batch(1)
    line = batch.attempts.get()
    Attempt.objects.filter(pk=line.pk).update(state="unknown")
    open_one = FollowUp.objects.create(
        kind="unknown_answer", profile=batch.profile, period=batch.period, attempt=line, amount=8_400,
        opened_at=ANSWERED_AT,
    )  # fmt: skip
    file = applied(batch, now=RETURNED_AT)
    open_one.refresh_from_db()
    assert (open_one.state, open_one.outcome, open_one.done_by) == ("done", "answered", an_operator())
    assert file.name in open_one.reason and states(batch) == ["succeeded"]
    assert Obligation.objects.get().state == "met"


def test_handing_back_is_journalled_and_needs_something_to_hand_back():
    batch = delivered_batch(1)
    file = previewed(batch, answer_file(batch, {"TIDAKDIKENAL0001": "succeeded"}))
    name, data = results.hand_back(file_id=file.pk, by=an_operator(), now=ANSWERED_AT)
    assert name == "KEMBALI_HASIL.csv" and b"TIDAKDIKENAL0001" in data
    clean = previewed(batch, answer_file(batch))
    assert results.hand_back(file_id=clean.pk, by=an_operator(), now=ANSWERED_AT).code == "nothing_back"
    assert AuditEvent.objects.filter(event="result.handed_back").count() == 1
