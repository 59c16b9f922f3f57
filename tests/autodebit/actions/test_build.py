from datetime import timedelta

import pytest

from autodebit.actions.approval import reopen
from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.models import Attempt, Batch, Exclusion, Obligation, ObligationLine
from autodebit.queries import content_of
from registry.models import AuditEvent, Worker
from registry.rules.finding import Finding
from registry.vault import blind_index
from sponsorship.models import FrozenMonth, Mandate, MandateLineage, Sponsorship, TariffLine
from sponsorship.rules.mandate import line_reference
from sponsorship.rules.months import Month
from tests.autodebit.population import (
    AFTER,
    BEFORE,
    CUTOFF,
    DISCOUNTED,
    PERIOD,
    MandateSpec,
    WorkerSpec,
    make_mandates,
)

pytestmark = pytest.mark.django_db


def built(now=AFTER) -> Batch:
    batch = build(batch_id=open_due(now=now).pk, now=now)
    assert isinstance(batch, Batch), batch
    return batch


def test_a_batch_of_two_mandates_is_frozen_with_their_sum(profile):
    make_mandates([MandateSpec(), MandateSpec(workers=[WorkerSpec(), WorkerSpec()], ceiling=40_000)])
    batch = built()
    assert (batch.state, batch.count, batch.total) == ("frozen", 2, 3 * DISCOUNTED)
    assert (batch.frozen_at, str(batch.collection_date)) == (AFTER, "2026-12-01")
    assert FrozenMonth.objects.get().period == PERIOD
    event = AuditEvent.objects.get(event="batch.frozen")
    assert (event.detail["count"], event.detail["total"], event.detail["content_hash"]) == (
        2,
        25_200,
        batch.content_hash,
    )


def test_a_line_is_a_copy_of_its_mandate_that_later_changes_do_not_reach(profile):
    (mandate,) = make_mandates([MandateSpec(account="0012345678", holder="Contoh Öztürk")])
    batch = built()
    Mandate.objects.filter(pk=mandate.pk).update(signed_on="2026-11-01")
    TariffLine.objects.all().delete()
    line = Attempt.objects.get()
    assert (line.account, line.account_holder, line.amount) == ("0012345678", "Contoh Öztürk", DISCOUNTED)
    assert (line.mandate_number, str(line.signed_on), line.opd.code) == (
        mandate.number,
        "2026-11-18",
        "DISDIK",
    )
    assert (line.batch_id, line.revision, line.number, line.state) == (batch.pk, 1, 1, "frozen")


def test_the_account_is_copied_as_ciphertext_byte_for_byte(profile):
    make_mandates([MandateSpec()])
    built()
    line = Attempt.objects.select_related("mandate").get()
    assert bytes(line.__dict__["account"]) == bytes(line.mandate.__dict__["account"])
    assert blind_index("account", f"113:{line.account}") == line.mandate.account_index


def test_every_reference_is_the_one_of_the_pure_rule(profile):
    make_mandates([MandateSpec() for _ in range(60)])
    built()
    lines = Attempt.objects.select_related("obligation__lineage", "mandate")
    assert len(lines) == 60
    for line in lines:
        code, version = line.obligation.lineage.code, line.mandate.version
        assert line.reference == line_reference(code, version, Month.parse(PERIOD), 1)


def test_the_shares_of_the_workers_follow_tariff_sector_and_funding(profile):
    workers = [
        WorkerSpec(),
        WorkerSpec(occupation="ojek_pangkalan", programme="jkk_jkm_jht"),
        WorkerSpec(funding="apbd"),
        WorkerSpec(state="paused", pause_from=PERIOD),
    ]
    make_mandates([MandateSpec(workers=workers, ceiling=200_000)])
    batch = built()
    shares = ObligationLine.objects.order_by("sponsorship__position").values_list(
        "jkk", "jkm", "jht", "amount"
    )
    assert list(shares) == [
        (5_000, 3_400, 0, 8_400),
        (5_000, 3_400, 20_000, 28_400),
        (10_000, 6_800, 0, 16_800),
    ]
    assert batch.total == Obligation.objects.get().amount == 53_600


def test_every_other_mandate_is_excluded_with_its_reason(profile):
    specs = {
        "suspended": MandateSpec(state="suspended"),
        "not_lodged": MandateSpec(state="lodged"),
        "not_active": MandateSpec(state="verified"),
        "incomplete": MandateSpec(opd=None),
        "verified_late": MandateSpec(verified_at=CUTOFF),
        "starts_later": MandateSpec(start_period="2027-01"),
        "ended": MandateSpec(end_period="2026-11"),
        "revoked": MandateSpec(state="cancelled", ended_at=AFTER),
        "no_lines": MandateSpec(workers=[WorkerSpec(state="paused", pause_from=PERIOD)]),
        "ceiling": MandateSpec(ceiling=DISCOUNTED - 1),
    }
    made = make_mandates([MandateSpec(), *specs.values()])
    make_mandates(
        [MandateSpec(state="cancelled", ended_at=BEFORE), MandateSpec(state="issued", verified_at=None)]
    )
    batch = built()
    found = {row.mandate_id: row.reason for row in Exclusion.objects.filter(batch=batch, revision=1)}
    assert found == {mandate.pk: reason for mandate, reason in zip(made[1:], specs, strict=True)}
    assert Attempt.objects.get().mandate_id == made[0].pk


def test_a_bank_that_wants_the_paper_first_leaves_verified_mandates_out(profile):
    profile.bank.requires_lodging = True
    profile.bank.save()
    make_mandates([MandateSpec(), MandateSpec(state="verified")])
    built()
    assert list(Exclusion.objects.values_list("reason", flat=True)) == ["not_lodged"]


def test_a_month_above_the_ceiling_or_without_workers_is_an_obligation_that_was_skipped(profile):
    above, without, _ = make_mandates([MandateSpec(ceiling=8_399), MandateSpec(workers=[]), MandateSpec()])
    built()
    skipped = Obligation.objects.filter(state="skipped")
    assert {(o.mandate_id, o.reason, o.amount) for o in skipped} == {
        (above.pk, "ceiling", DISCOUNTED),
        (without.pk, "no_lines", 0),
    }
    assert ObligationLine.objects.count() == 1


def test_the_discount_that_ends_with_december_is_gone_in_january(profile):
    make_mandates([MandateSpec(), MandateSpec(ceiling=DISCOUNTED)])
    batch = built(now=CUTOFF + timedelta(weeks=5))
    assert (batch.period, batch.count, batch.total) == ("2027-01", 1, 16_800)
    assert Exclusion.objects.get().reason == "ceiling"


def test_building_twice_changes_nothing(profile):
    make_mandates([MandateSpec()])
    batch = built()
    again = build(batch_id=batch.pk, now=AFTER + timedelta(hours=2))
    assert (again.frozen_at, again.content_hash) == (AFTER, batch.content_hash)
    assert (Attempt.objects.count(), Obligation.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(event="batch.frozen").count() == 1


def test_a_late_build_reads_the_month_as_it_was_at_the_cutoff(profile):
    late = CUTOFF + timedelta(days=6, hours=18)  # Thursday, 3 December, 10.00 WIB
    make_mandates([MandateSpec(), MandateSpec(verified_at=CUTOFF + timedelta(days=2))])
    batch = built(now=late)
    assert (batch.count, str(batch.collection_date)) == (1, "2026-12-04")
    assert Exclusion.objects.get().reason == "verified_late"


def test_a_batch_opened_in_time_and_built_late_gets_a_new_debit_date(profile):
    make_mandates([MandateSpec()])
    waiting = open_due(now=AFTER)
    batch = build(batch_id=waiting.pk, now=CUTOFF + timedelta(days=6))
    assert (str(waiting.collection_date), str(batch.collection_date)) == ("2026-12-01", "2026-12-03")


def test_a_batch_whose_month_can_no_longer_be_collected_stays_open_and_says_so(profile):
    make_mandates([MandateSpec()])
    waiting = open_due(now=AFTER)
    answer = build(batch_id=waiting.pk, now=CUTOFF + timedelta(days=30))
    waiting.refresh_from_db()
    assert (answer.code, waiting.state, waiting.build_note) == ("window_over", "open", answer.message)
    assert not Attempt.objects.exists() and not FrozenMonth.objects.exists()


def test_nobody_to_debit_leaves_the_batch_open_with_a_note_and_nothing_else(profile):
    make_mandates([MandateSpec(state="suspended")])
    waiting = open_due(now=AFTER)
    answer = build(batch_id=waiting.pk, now=AFTER)
    waiting.refresh_from_db()
    assert (answer.code, waiting.state) == ("nobody_due", "open")
    assert waiting.build_note == (
        "Belum ada surat kuasa yang dapat ditagih untuk Desember 2026; 1 surat kuasa dikecualikan."
    )
    assert not Exclusion.objects.exists() and not FrozenMonth.objects.exists()


def test_a_missing_tariff_stops_the_whole_build_and_its_arrival_lets_it_through(profile):
    make_mandates([MandateSpec()])
    waiting = open_due(now=AFTER)
    lines = list(TariffLine.objects.all())
    TariffLine.objects.all().delete()
    answer = build(batch_id=waiting.pk, now=AFTER)
    assert isinstance(answer, Finding) and answer.code == "tariff_missing"
    TariffLine.objects.bulk_create(lines)
    assert build(batch_id=waiting.pk, now=AFTER).state == "frozen"
    assert Batch.objects.get().build_note == ""


def test_a_rebuilt_batch_numbers_new_attempts_and_leaves_out_who_revoked_since(profile, operator):
    kept, revoked, changed = make_mandates(
        [MandateSpec(), MandateSpec(), MandateSpec(workers=[WorkerSpec(), WorkerSpec()], ceiling=40_000)]
    )
    batch = built()
    Mandate.objects.filter(pk=revoked.pk).update(state="cancelled", ended_at=AFTER)
    Sponsorship.objects.filter(lineage=changed.lineage, position=2).update(state="paused", pause_from=PERIOD)
    reopen(batch_id=batch.pk, reason="Satu donatur mencabut", by=operator, now=AFTER)
    again = build(batch_id=batch.pk, now=AFTER + timedelta(minutes=5))
    assert (again.state, again.revision, again.count, again.total) == ("frozen", 2, 2, 2 * DISCOUNTED)
    assert again.content_hash != batch.content_hash
    lines = {line.mandate_id: line for line in Attempt.objects.filter(revision=2)}
    assert set(lines) == {kept.pk, changed.pk}
    code = MandateLineage.objects.get(pk=kept.lineage_id).code
    assert (lines[kept.pk].number, lines[kept.pk].reference) == (
        2,
        line_reference(code, 1, Month.parse(PERIOD), 2),
    )
    assert set(Attempt.objects.filter(revision=1).values_list("state", flat=True)) == {"released"}
    assert Exclusion.objects.get(revision=2).reason == "revoked"
    skipped = Obligation.objects.get(mandate=revoked)
    assert (skipped.state, skipped.reason) == ("skipped", "revoked")


def test_the_share_of_a_worker_who_left_between_two_builds_becomes_nought(profile, operator):
    (mandate,) = make_mandates([MandateSpec(workers=[WorkerSpec(), WorkerSpec()], ceiling=40_000)])
    batch = built()
    Sponsorship.objects.filter(position=2).update(state="paused", pause_from=PERIOD)
    reopen(batch_id=batch.pk, reason="Pekerja dijeda", by=operator, now=AFTER)
    build(batch_id=batch.pk, now=AFTER)
    assert list(
        ObligationLine.objects.order_by("sponsorship__position").values_list("amount", flat=True)
    ) == [8_400, 0]
    assert (
        Obligation.objects.get(mandate=mandate).amount == Attempt.objects.get(revision=2).amount == DISCOUNTED
    )


def test_a_month_that_is_already_in_collection_is_not_debited_again(profile):
    (mandate,) = make_mandates([MandateSpec()])
    make_mandates([MandateSpec()])
    Obligation.objects.create(
        lineage=mandate.lineage,
        mandate=mandate,
        period=PERIOD,
        amount=DISCOUNTED,
        state="met",
        planned_at=BEFORE,
    )
    batch = built()
    assert (batch.count, Exclusion.objects.get().reason) == (1, "in_collection")


def test_the_hash_is_of_what_the_lines_say_now(profile):
    make_mandates([MandateSpec(), MandateSpec()])
    batch = built()
    assert content_of(batch).hash == batch.content_hash
    Batch.objects.filter(pk=batch.pk).update(collection_date="2026-12-02")
    batch.refresh_from_db()
    assert content_of(batch).hash != batch.content_hash


def test_a_worker_born_on_the_first_65_years_ago_is_no_longer_due(profile):
    make_mandates([MandateSpec(), MandateSpec()])
    first = Worker.objects.order_by("name").first()
    Worker.objects.filter(pk=first.pk).update(birth_date="1961-12-01")
    assert built().count == 1
    assert Exclusion.objects.get().reason == "no_lines"
