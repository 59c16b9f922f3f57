import errno
import os
import threading
import time

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from registry.actions import documents
from registry.actions.audit import SYSTEM
from registry.actions.documents import PaperDamaged
from registry.models import AuditEvent, Document, DocumentPage
from tests.cast import MORNING
from tests.threads import at_once

DATA = b"synthetic scan of 3374015508809001 " * 100
PAGES = [b"first page " * 50, b"second page " * 50]


def store(data: bytes = DATA, pages: list[bytes] = PAGES, kind: str = "ktp") -> Document:
    return documents.store(
        kind=kind, data=data, content_type="image/jpeg", pages=pages, by=SYSTEM, now=MORNING
    )


def files(settings) -> list:
    return sorted(path for path in settings.PAPERS_DIR.rglob("*") if path.is_file())


def look(document: Document) -> bytes:
    return documents.open_document(document=document, by=SYSTEM, now=MORNING)


@pytest.mark.django_db
class TestStoring:
    def test_a_paper_and_its_pages_come_back(self):
        document = store()
        assert look(document) == DATA
        shown = [documents.open_page(page=page, by=SYSTEM, now=MORNING) for page in document.pages.all()]
        assert shown == PAGES
        assert (document.size, document.content_type, document.kind) == (len(DATA), "image/jpeg", "ktp")

    def test_nothing_of_it_lies_on_the_disk_in_plain_and_only_we_may_read(self, settings):
        store()
        assert len(files(settings)) == 3
        for path in files(settings):
            assert b"synthetic" not in path.read_bytes() and b"page" not in path.read_bytes()
            assert path.stat().st_mode & 0o077 == 0
            assert path.parent.stat().st_mode & 0o077 == 0

    def test_the_same_bytes_are_kept_once(self, settings):
        first, second = store(), store()
        assert first.pk != second.pk
        assert first.sha256 == second.sha256
        assert len(files(settings)) == 3

    def test_storing_and_every_opening_write_a_line(self):
        document = store()
        look(document)
        documents.open_page(page=document.pages.get(number=2), by=SYSTEM, now=MORNING)
        lines = AuditEvent.objects.filter(object_id=str(document.pk)).order_by("id")
        assert [(line.event, line.detail.get("page")) for line in lines] == [
            ("paper.stored", None),
            ("paper.opened", None),
            ("paper.opened", 2),
        ]

    @pytest.mark.parametrize("step", ["write", "fsync", "replace"])
    def test_a_full_disk_leaves_no_half_file_and_no_row(self, settings, monkeypatch, step):
        def full(*args, **kwargs):
            raise OSError(errno.ENOSPC, "No space left on device")

        broken = {
            "write": (documents.vault, "seal"),
            "fsync": (os, "fsync"),
            "replace": (documents.Path, "replace"),
        }
        monkeypatch.setattr(*broken[step], full)
        with pytest.raises(OSError, match="No space"):
            store()
        assert files(settings) == []
        assert (Document.objects.count(), DocumentPage.objects.count()) == (0, 0)
        assert not AuditEvent.objects.filter(event="paper.stored").exists()

    def test_a_disk_that_fills_up_in_the_middle_leaves_no_row(self, settings, monkeypatch):
        original, calls = os.fsync, []

        def full_at_third(handle):
            calls.append(handle)
            if len(calls) > 2:
                raise OSError(errno.ENOSPC, "No space left on device")
            return original(handle)

        monkeypatch.setattr(os, "fsync", full_at_third)
        with pytest.raises(OSError, match="No space"):
            store()
        assert not Document.objects.exists()
        assert all(not path.name.startswith(".") for path in files(settings))

    def test_after_the_disk_has_room_again_the_same_paper_is_kept(self, monkeypatch):
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError("full")))
            with pytest.raises(OSError, match="full"):
                store()
        assert look(store()) == DATA


@pytest.mark.django_db
class TestDamage:
    @pytest.mark.parametrize("place", [0, 5, 30, -1])
    def test_one_flipped_bit_is_noticed(self, place):
        document = store()
        path = documents.path_of(document.sha256)
        broken = bytearray(path.read_bytes())
        broken[place] ^= 1
        path.write_bytes(broken)
        with pytest.raises(PaperDamaged):
            look(document)

    @pytest.mark.parametrize("left", [0, 1, 10, 20])
    def test_a_cut_file_is_noticed(self, left):
        document = store()
        path = documents.path_of(document.sha256)
        path.write_bytes(path.read_bytes()[:left])
        with pytest.raises(PaperDamaged):
            look(document)

    def test_a_missing_file_is_noticed(self):
        document = store()
        documents.path_of(document.sha256).unlink()
        with pytest.raises(PaperDamaged):
            look(document)

    def test_another_paper_under_its_name_is_noticed(self):
        document, other = store(), store(b"another scan", [])
        documents.path_of(document.sha256).write_bytes(documents.path_of(other.sha256).read_bytes())
        with pytest.raises(PaperDamaged):
            look(document)

    def test_a_damaged_paper_handed_in_again_is_whole_again(self):
        document = store()
        documents.path_of(document.sha256).write_bytes(b"damaged")
        store()
        assert look(document) == DATA

    def test_without_its_key_nothing_is_shown(self, settings):
        document = store()
        settings.FIELD_KEYS = {"other": os.urandom(32)}
        with pytest.raises(PaperDamaged) as refused:
            look(document)
        assert DATA.decode() not in str(refused.value)

    def test_a_journal_that_cannot_be_written_shows_nothing(self, monkeypatch):
        document = store()

        def unwritable(self, **columns):
            raise DatabaseError("the journal is not writable")

        monkeypatch.setattr(documents, "read", lambda sha256: pytest.fail("the paper was read"))
        monkeypatch.setattr(QuerySet, "create", unwritable)
        with pytest.raises(DatabaseError):
            look(document)


@pytest.mark.django_db
class TestPurging:
    def test_the_bytes_are_gone_and_the_row_remembers(self, settings):
        document = store()
        documents.purge(document=document, now=MORNING)
        document.refresh_from_db()
        assert (document.purged_at, document.pages.count(), files(settings)) == (MORNING, 0, [])
        with pytest.raises(PaperDamaged):
            look(document)
        assert AuditEvent.objects.get(event="paper.purged").object_id == str(document.pk)

    def test_bytes_that_another_paper_needs_stay(self, settings):
        first, second = store(), store(b"another scan", PAGES[:1])
        documents.purge(document=first, now=MORNING)
        assert look(second) == b"another scan"
        assert documents.open_page(page=second.pages.get(), by=SYSTEM, now=MORNING) == PAGES[0]
        assert len(files(settings)) == 2
        documents.purge(document=second, now=MORNING)
        assert files(settings) == []

    def test_purging_twice_writes_one_line(self):
        document = store()
        documents.purge(document=document, now=MORNING)
        documents.purge(document=document, now=MORNING)
        assert AuditEvent.objects.filter(event="paper.purged").count() == 1

    def test_a_file_that_will_not_go_leaves_the_row_to_be_purged_again(self, monkeypatch):
        document = store()
        with monkeypatch.context() as patched:
            patched.setattr(
                documents.Path, "unlink", lambda *a, **k: (_ for _ in ()).throw(PermissionError())
            )
            with pytest.raises(PermissionError):
                documents.purge(document=document, now=MORNING)
        assert Document.objects.get(pk=document.pk).purged_at is None
        documents.purge(document=document, now=MORNING)
        assert not documents.path_of(document.sha256).exists()

    def test_a_paper_stored_again_after_a_purge_is_there(self):
        documents.purge(document=store(), now=MORNING)
        assert look(store()) == DATA


class TestManyAtOnce:
    def test_the_same_paper_stored_and_purged_at_once_is_never_lost(self, committed_db):
        for _ in range(5):
            old = store()
            acts = [lambda old=old: documents.purge(document=old, now=MORNING), *[store] * 5]
            answers = at_once(acts)
            kept = [answer for answer in answers if isinstance(answer, Document)]
            assert len(kept) == 5, answers
            assert all(look(document) == DATA for document in kept)
            for document in kept:
                documents.purge(document=document, now=MORNING)

    def test_a_purge_waits_for_whoever_just_found_the_bytes_there(self, committed_db, monkeypatch):
        old = store()
        purged, is_whole = threading.Event(), documents._is_whole

        def look_and_linger(sha256):
            found = is_whole(sha256)
            purged.wait(0.3)  # as long as it takes to lose the file, if nothing kept the purge out
            return found

        def purge():
            time.sleep(0.1)
            documents.purge(document=old, now=MORNING)
            purged.set()

        monkeypatch.setattr(documents, "_is_whole", look_and_linger)
        kept, _ = at_once([store, purge])
        monkeypatch.undo()
        assert documents.read(kept.sha256) == DATA

    def test_opening_outside_a_transaction_commits_its_line_first(self, committed_db, monkeypatch):
        document = store()
        seen = []

        def read(sha256):
            seen.append((connection.in_atomic_block, AuditEvent.objects.filter(event="paper.opened").count()))
            return b""

        monkeypatch.setattr(documents, "read", read)
        look(document)
        assert seen == [(False, 1)]


class _RolledBack(Exception):
    pass


@pytest.mark.django_db
class TestDiscarding:
    def test_bytes_of_a_transaction_that_was_rolled_back_are_destroyed(self, settings):
        with pytest.raises(_RolledBack), transaction.atomic():
            stored = store()
            raise _RolledBack
        assert len(files(settings)) == 3
        documents.discard([stored.sha256])
        assert documents.path_of(stored.sha256) not in files(settings) and len(files(settings)) == 2

    def test_what_another_row_needs_stays(self, settings):
        kept = store()
        with pytest.raises(_RolledBack), transaction.atomic():
            store(kind="passbook")
            raise _RolledBack
        page = kept.pages.first()
        documents.discard([kept.sha256, page.sha256])
        assert look(kept) == DATA and len(files(settings)) == 3

    def test_bytes_that_are_not_there_are_no_fault(self):
        documents.discard(["0" * 64])
