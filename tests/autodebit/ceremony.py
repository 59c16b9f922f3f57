"""A batch walked by the real actions to where the ceremony begins: sealed, or in the bank's hands."""

from collections.abc import Sequence
from datetime import timedelta

from autodebit.actions.approval import approve
from autodebit.actions.batches import open_due
from autodebit.actions.build import build
from autodebit.actions.delivery import hand_over
from autodebit.actions.sealing import request_seal, seal
from autodebit.models import Batch
from registry.models import User
from tests.autodebit.population import AFTER, MandateSpec, make_mandates

SEALED_AT = AFTER + timedelta(hours=1)
HANDED_AT = SEALED_AT + timedelta(minutes=20)
NOTED_AT = SEALED_AT + timedelta(hours=2)


def approved_batch(approvers: Sequence[User], lines: int = 3) -> Batch:
    make_mandates([MandateSpec() for _ in range(lines)])
    batch = build(batch_id=open_due(now=AFTER).pk, now=AFTER)
    seen = {"revision": batch.revision, "content_hash": batch.content_hash, "now": AFTER}
    for person in approvers:
        batch = approve(batch_id=batch.pk, by=person, **seen)
    return batch


def sealed_batch(approvers: Sequence[User], operator: User, lines: int = 3) -> Batch:
    batch = approved_batch(approvers, lines)
    request_seal(batch_id=batch.pk, by=operator, now=SEALED_AT)
    answer = seal(batch_id=batch.pk, now=SEALED_AT)
    assert isinstance(answer, Batch), answer
    return answer


def handed_over(batch: Batch, operator: User, **changes):
    said = {
        "channel": "portal",
        "receiver": "Contoh Petugas Bank",
        "receipt": "TT-0001",
        "note": "",
        "handed_at": HANDED_AT,
        "by": operator,
        "now": NOTED_AT,
        **changes,
    }
    return hand_over(batch_id=batch.pk, **said)


def delivered_batch(approvers: Sequence[User], operator: User, lines: int = 3) -> Batch:
    answer = handed_over(sealed_batch(approvers, operator, lines), operator)
    assert isinstance(answer, Batch), answer
    return answer
