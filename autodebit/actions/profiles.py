"""Revising a bank profile: checked as a whole, kept as a numbered revision, then written where it is read."""

import hashlib
import json
from datetime import datetime

from django.db import transaction

from autodebit.actions.batches import NOT_YOURS
from autodebit.formats.profile import Content, canonical, differences, profile_findings
from autodebit.models import Attempt, BankProfile, ProfileRevision, ReasonCode
from autodebit.queries_profile import COLUMNS, content_of_profile
from registry.actions import audit
from registry.actions.audit import Actor
from registry.actions.locks import hold
from registry.models import User
from registry.rules.events import Event
from registry.rules.finding import Finding
from registry.rules.roles import Right
from registry.staff import may


def revise(*, bank_id: str, content: Content, by: Actor, now: datetime) -> BankProfile | Finding:
    """Makes `content` (see autodebit.formats.profile) the bank's profile, as its next revision.

    Every layout is asked of its own format first; the first fault is answered as a Finding and nothing changes. Content
    that is what the profile and its last revision say already changes nothing either. A code that some line already
    carries is never taken away: its meaning would be lost. Sealed batches keep the revision they were written by.
    """
    if isinstance(by, User) and not may(by, Right.MANAGE_REFERENCE):
        return NOT_YOURS
    faults = profile_findings(content)
    if faults:
        return faults[0]
    content = json.loads(canonical(content))
    with transaction.atomic():
        hold(f"bank profile {bank_id}")
        profile = BankProfile.objects.select_for_update().filter(bank_id=bank_id).first()
        before = content_of_profile(profile) if profile else {}
        last = profile.revisions.first() if profile else None
        if last and last.content == content == before:
            return profile
        fault = _why_not_drop(profile, content) if profile else None
        if fault is not None:
            return fault
        number = last.number + 1 if last else 1
        profile = _write(bank_id, content, number)
        sha256 = hashlib.sha256(canonical(content).encode()).hexdigest()
        person = by if isinstance(by, User) else None
        ProfileRevision.objects.create(
            profile=profile, number=number, content=content, sha256=sha256, by=person, at=now
        )
        changed = sorted({change.path[0] for change in differences(before, content)})
        about = {"revision": number, "sha256": sha256, "changed": changed}
        audit.record(event=Event.PROFILE_REVISED, about=profile, by=by, now=now, **about)
        return profile


def _why_not_drop(profile: BankProfile, content: Content) -> Finding | None:
    dropped = set(profile.reasons.values_list("code", flat=True)) - {
        reason["code"] for reason in content["reasons"]
    }
    used = (
        Attempt.objects.filter(batch__profile=profile, code__in=dropped)
        .values_list("code", flat=True)
        .first()
    )
    if used is None:
        return None
    return Finding(
        "code_in_use", f"Kode {used} sudah dipakai jawaban bank dan tidak dapat dihapus.", "reasons"
    )


def _write(bank_id: str, content: Content, number: int) -> BankProfile:
    values = {name: content[name] for name in COLUMNS}
    profile, _ = BankProfile.objects.update_or_create(
        bank_id=bank_id, defaults={**values, "revision": number}
    )
    known = {reason.code: reason for reason in profile.reasons.all()}
    for row in content["reasons"]:
        reason = known.pop(row["code"], None)
        if reason is None:
            ReasonCode.objects.create(profile=profile, **row)
        elif any(getattr(reason, name) != value for name, value in row.items()):
            ReasonCode.objects.filter(pk=reason.pk).update(**row)
    ReasonCode.objects.filter(pk__in=[reason.pk for reason in known.values()]).delete()
    return profile
