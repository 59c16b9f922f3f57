from registry.models.audit import AuditEvent
from registry.models.city import Bank, City
from registry.models.document import Document, DocumentPage
from registry.models.form_token import FormToken
from registry.models.message import Message
from registry.models.people import (
    ContactCode,
    Donor,
    Occupation,
    Opd,
    RoleAssignment,
    Roster,
    RosterLine,
    User,
    Worker,
)
from registry.models.places import Kecamatan, Kelurahan

__all__ = [
    "AuditEvent",
    "Bank",
    "City",
    "ContactCode",
    "Document",
    "DocumentPage",
    "Donor",
    "FormToken",
    "Kecamatan",
    "Kelurahan",
    "Message",
    "Occupation",
    "Opd",
    "RoleAssignment",
    "Roster",
    "RosterLine",
    "User",
    "Worker",
]
