"""Roles of the house and what each may do. Who may is decided here, once; whether the state allows it is the
lifecycle's."""

from enum import StrEnum


class Role(StrEnum):
    DONOR = "donor"
    OPD_VERIFIER = "opd_verifier"
    OPD_TREASURER = "opd_treasurer"
    OPD_HEAD = "opd_head"
    FIELD_OFFICER = "field_officer"
    LABOUR_VIEWER = "labour_viewer"
    LABOUR_OPERATOR = "labour_operator"
    LABOUR_APPROVER = "labour_approver"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


# Roles that are held for one OPD and the units below it; the others are held for the whole city.
OPD_ROLES = frozenset({Role.OPD_VERIFIER, Role.OPD_TREASURER, Role.OPD_HEAD, Role.FIELD_OFFICER})
CITY_ROLES = frozenset(Role) - OPD_ROLES - {Role.DONOR}

LABELS = {
    Role.DONOR: "Donatur (orang tua asuh)",
    Role.OPD_VERIFIER: "Verifikator OPD",
    Role.OPD_TREASURER: "Bendahara OPD",
    Role.OPD_HEAD: "Kepala OPD",
    Role.FIELD_OFFICER: "Petugas lapangan",
    Role.LABOUR_VIEWER: "Pengamat dinas tenaga kerja",
    Role.LABOUR_OPERATOR: "Operator dinas tenaga kerja",
    Role.LABOUR_APPROVER: "Penyetuju dinas tenaga kerja",
    Role.AUDITOR: "Auditor",
    Role.ADMINISTRATOR: "Administrator",
}


class Right(StrEnum):
    CHECK_DOCUMENTS = "check_documents"
    SEE_BATCHES = "see_batches"
    BUILD_BATCH = "build_batch"
    APPROVE_BATCH = "approve_batch"
    SEAL_BATCH = "seal_batch"
    DOWNLOAD_BANK_FILE = "download_bank_file"
    MANAGE_LINKS = "manage_links"
    MANAGE_STAFF = "manage_staff"
    MANAGE_REFERENCE = "manage_reference"
    SEE_PROFILES = "see_profiles"
    SEE_AUDIT = "see_audit"
    CONFIRM_SALARY = "confirm_salary"
    SEE_OFFICE_TOTALS = "see_office_totals"
    DECIDE_GATE = "decide_gate"
    HAND_OVER = "hand_over"
    VOID_BATCH = "void_batch"
    IMPORT_RESULT = "import_result"
    FOLLOW_UP = "follow_up"
    RECONCILE = "reconcile"
    REMIT = "remit"
    REQUEST_REFUND = "request_refund"
    APPROVE_REFUND = "approve_refund"
    CLOSE_MONTH = "close_month"
    MAKE_AUDIT_PACK = "make_audit_pack"
    ENTER_WAITING = "enter_waiting"
    SEE_WAITING = "see_waiting"
    VERIFY_WAITING = "verify_waiting"
    UPLOAD_ROSTER = "upload_roster"


RIGHTS: dict[Right, frozenset[Role]] = {
    Right.CHECK_DOCUMENTS: frozenset({Role.OPD_VERIFIER}),
    Right.SEE_BATCHES: frozenset(
        {Role.LABOUR_VIEWER, Role.LABOUR_OPERATOR, Role.LABOUR_APPROVER, Role.AUDITOR}
    ),
    Right.BUILD_BATCH: frozenset({Role.LABOUR_OPERATOR}),
    Right.APPROVE_BATCH: frozenset({Role.LABOUR_APPROVER}),
    Right.SEAL_BATCH: frozenset({Role.LABOUR_OPERATOR}),
    Right.DOWNLOAD_BANK_FILE: frozenset({Role.LABOUR_OPERATOR, Role.AUDITOR}),
    Right.MANAGE_LINKS: frozenset({Role.LABOUR_OPERATOR, Role.ADMINISTRATOR}),
    Right.MANAGE_STAFF: frozenset({Role.ADMINISTRATOR}),
    Right.MANAGE_REFERENCE: frozenset({Role.ADMINISTRATOR}),
    Right.SEE_PROFILES: frozenset(
        {
            Role.LABOUR_VIEWER,
            Role.LABOUR_OPERATOR,
            Role.LABOUR_APPROVER,
            Role.AUDITOR,
            Role.ADMINISTRATOR,
        }
    ),
    Right.SEE_AUDIT: frozenset({Role.AUDITOR}),
    Right.CONFIRM_SALARY: frozenset({Role.OPD_TREASURER}),
    Right.SEE_OFFICE_TOTALS: frozenset({Role.OPD_TREASURER, Role.OPD_HEAD}),
    Right.DECIDE_GATE: frozenset({Role.LABOUR_OPERATOR}),
    Right.HAND_OVER: frozenset({Role.LABOUR_OPERATOR}),
    Right.VOID_BATCH: frozenset({Role.LABOUR_OPERATOR, Role.LABOUR_APPROVER}),
    Right.IMPORT_RESULT: frozenset({Role.LABOUR_OPERATOR}),
    Right.FOLLOW_UP: frozenset({Role.LABOUR_OPERATOR}),
    Right.RECONCILE: frozenset({Role.LABOUR_OPERATOR}),
    Right.REMIT: frozenset({Role.LABOUR_OPERATOR}),
    Right.REQUEST_REFUND: frozenset({Role.LABOUR_OPERATOR}),
    Right.APPROVE_REFUND: frozenset({Role.LABOUR_APPROVER}),
    Right.CLOSE_MONTH: frozenset({Role.LABOUR_APPROVER}),
    Right.MAKE_AUDIT_PACK: frozenset({Role.LABOUR_APPROVER, Role.AUDITOR}),
    Right.ENTER_WAITING: frozenset({Role.FIELD_OFFICER, Role.LABOUR_OPERATOR}),
    Right.SEE_WAITING: frozenset(
        {Role.FIELD_OFFICER, Role.LABOUR_VIEWER, Role.LABOUR_OPERATOR, Role.AUDITOR}
    ),
    Right.VERIFY_WAITING: frozenset({Role.LABOUR_OPERATOR}),
    Right.UPLOAD_ROSTER: frozenset({Role.OPD_VERIFIER}),
}


def roles_with(right: Right) -> frozenset[Role]:
    return RIGHTS[right]
