from datetime import date
from pathlib import Path

import pytest

from autodebit.actions.statements import Refused, Typed, type_in
from autodebit.models import Statement, StatementLine
from registry.models import AuditEvent
from registry.rules.finding import Finding
from tests.autodebit.bookkeeping import BOOKED, BOOKING_AT, a_paper, booked, jateng, receive, statement_csv
from tests.autodebit.population import make_staff
from tests.autodebit.together import together
from tests.month import an_operator

CREDIT = (50_400, "HASIL AUTODEBET ASN", "REF-1")
FEE = (-2_500, "BIAYA ADM", "REF-2")


@pytest.mark.django_db
def test_a_statement_is_kept_with_its_bookings(profile):
    statement = receive(statement_csv([CREDIT, FEE]))
    rows = list(StatementLine.objects.values_list("number", "booked_on", "amount", "bank_reference", "text"))
    assert rows == [
        (3, BOOKED, 50_400, "REF-1", "HASIL AUTODEBET ASN"),
        (4, BOOKED, -2_500, "REF-2", "BIAYA ADM"),
    ]
    assert (statement.document.kind, statement.document.sha256) == ("statement", statement.sha256)
    line = AuditEvent.objects.get(event="statement.received")
    assert (line.detail["new"], line.detail["kept"]) == (2, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "kept"),
    [("C:\\arsip\\MUTASI 1.csv", "MUTASI_1.csv"), ("../..", "mutasi.csv"), ("x" * 300, "x" * 100)],
)
def test_the_name_of_a_file_is_tidied(profile, name, kept):
    assert receive(statement_csv([CREDIT]), name=name).name == kept


@pytest.mark.django_db
def test_the_same_file_again_answers_the_first(profile):
    data = statement_csv([CREDIT])
    assert receive(data).pk == receive(data).pk
    assert StatementLine.objects.count() == 1 and Statement.objects.count() == 1


@pytest.mark.django_db
def test_overlapping_statements_keep_a_booking_once(profile):
    booked(CREDIT, FEE)
    second = receive(statement_csv([FEE, (-1_000, "BIAYA LAIN", "REF-3")]))
    assert list(second.lines.values_list("amount", flat=True)) == [-1_000]
    assert StatementLine.objects.count() == 3
    assert AuditEvent.objects.filter(event="statement.received").first().detail["kept"] == 1


@pytest.mark.django_db
def test_two_equal_bookings_of_one_day_are_two_and_stay_two(profile):
    twice = [(-2_500, "BIAYA ADM", ""), (-2_500, "BIAYA ADM", "")]
    booked(*twice)
    booked(*twice, (-2_500, "BIAYA ADM", ""))
    assert StatementLine.objects.count() == 3


@pytest.mark.django_db
def test_a_faulty_statement_is_refused_with_its_line_numbers_and_nothing_is_booked(profile):
    rows = statement_csv([CREDIT, FEE]).decode().split("\r\n")
    rows[3] = rows[3].replace("2500.00", "dua ribu", 1)
    answer = receive("\r\n".join(rows).encode())
    assert isinstance(answer, Refused) and answer.faults >= 1
    assert any(finding.field == "4" and "Baris 4" in finding.message for finding in answer.findings)
    assert not Statement.objects.exists() and not StatementLine.objects.exists()


@pytest.mark.django_db
def test_a_booking_of_tomorrow_is_a_fault(profile):
    answer = receive(statement_csv([CREDIT, (1, "X", "R", date(2027, 1, 5))]))
    assert [finding.field for finding in answer.findings] == ["4"]


@pytest.mark.django_db
def test_a_file_without_bookings_is_refused(profile):
    assert receive(statement_csv([])).code == "empty"


@pytest.mark.django_db
def test_a_statement_of_another_account_is_refused(profile):
    answer = receive(statement_csv([CREDIT], account="9999999999"))
    assert answer.code == "other_account" and "9999999999" not in answer.message
    assert not Statement.objects.exists()
    assert receive(statement_csv([CREDIT])).head["account_last4"] == profile.creditor_account[-4:]


@pytest.mark.django_db
def test_camt_053_of_the_golden_files_is_read(profile, settings):
    folder = Path(settings.BASE_DIR) / "tests/files/bank/BANKJATENG"
    files = [path for path in folder.rglob("*") if "053" in path.name and path.suffix == ".xml"]
    for path in files:
        answer = receive(path.read_bytes(), format="camt053")
        assert isinstance(answer, Statement | Refused | Finding)
    data = _camt053(profile.creditor_account)
    statement = receive(data, format="camt053")
    assert list(statement.lines.values_list("amount", "bank_reference")) == [(50_400, "BANK-77")]


@pytest.mark.django_db
@pytest.mark.parametrize("format", ["camt053x", "pain002", ""])
def test_an_unknown_format_is_refused(profile, format):
    assert receive(statement_csv([CREDIT]), format=format).field == "format"


@pytest.mark.django_db
def test_only_who_reconciles_takes_statements_in(profile):
    viewer = make_staff("pengamat", "labour_viewer")
    assert receive(statement_csv([CREDIT]), by=viewer).code == "right_missing"
    assert not Statement.objects.exists()


def typed(*bookings: Typed, **changes):
    said = {"evidence_file": a_paper(), "by": an_operator(), "now": BOOKING_AT, **changes}
    return type_in(profile=jateng(), bookings=bookings, **said)


@pytest.mark.django_db
def test_typed_bookings_keep_their_evidence(profile):
    statement = typed(Typed(BOOKED, 50_400, "Setoran hasil potongan", "T-1"), Typed(BOOKED, -2_500, "Biaya"))
    assert statement.document.kind == "evidence"
    assert list(statement.lines.values_list("number", "amount")) == [(1, 50_400), (2, -2_500)]


@pytest.mark.django_db
def test_a_typed_booking_that_a_file_brings_as_well_is_kept_once(profile):
    typed(Typed(BOOKED, 50_400, "Setoran hasil potongan", "REF-1"))
    booked(CREDIT)
    assert StatementLine.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("booking", "code"),
    [
        (Typed(BOOKED, 0, "Nihil"), "amount"),
        (Typed(date(2026, 12, 4), 1, "Besok"), "date"),
        (Typed(BOOKED, 1, " "), "text"),
    ],
)
def test_a_typed_booking_that_cannot_be_is_named(profile, booking, code):
    answer = typed(Typed(BOOKED, 5, "Baik"), booking)
    assert (answer.code, answer.field) == (code, "bookings-1")
    assert not Statement.objects.exists()


@pytest.mark.django_db
def test_typed_bookings_without_readable_evidence_are_refused(profile):
    assert typed(Typed(BOOKED, 5, "Baik"), evidence_file=b"bukan gambar").field == "evidence"
    assert not Statement.objects.exists()


def test_the_same_statement_five_times_at_once_is_one(committed_db):
    by, data = an_operator(), statement_csv([CREDIT, FEE])
    answers = together(5, lambda _: receive(data, by=by))
    assert len({answer.pk for answer in answers}) == 1
    assert StatementLine.objects.count() == 2


def test_overlapping_statements_at_once_keep_a_booking_once(committed_db):
    by = an_operator()
    files = [
        statement_csv([CREDIT, FEE, (-number, f"LAIN {number}", f"N-{number}")]) for number in range(1, 6)
    ]
    together(5, lambda number: receive(files[number], by=by))
    assert StatementLine.objects.count() == 2 + 5


def _camt053(account: str) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>MUTASI-1</MsgId><CreDtTm>2026-12-02T20:00:00</CreDtTm></GrpHdr>
<Stmt><Id>1</Id><Acct><Id><Othr><Id>{account}</Id></Othr></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="IDR">0.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-12-02</Dt></Dt></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="IDR">50400.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>
<Dt><Dt>2026-12-02</Dt></Dt></Bal>
<Ntry><Amt Ccy="IDR">50400.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-12-02</Dt></BookgDt><ValDt><Dt>2026-12-02</Dt></ValDt><AcctSvcrRef>BANK-77</AcctSvcrRef></Ntry>
</Stmt></BkToCstmrStmt></Document>
""".encode()
