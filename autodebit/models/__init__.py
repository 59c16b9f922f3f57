from autodebit.models.bank import BankProfile, ProfileRevision, ReasonCode
from autodebit.models.batch import Approval, BankFile, BankRefusal, Batch, Delivery, Exclusion
from autodebit.models.books import (
    Allocation,
    Entry,
    MonthClosing,
    Refund,
    Remittance,
    Statement,
    StatementLine,
)
from autodebit.models.follow_up import FollowUp
from autodebit.models.gate import GateDecision, SalaryConfirmation
from autodebit.models.obligation import Attempt, Obligation, ObligationLine
from autodebit.models.result import HandAnswer, ResultFile, ResultLine

__all__ = [
    "Allocation",
    "Approval",
    "Attempt",
    "BankFile",
    "BankProfile",
    "BankRefusal",
    "Batch",
    "Delivery",
    "Entry",
    "Exclusion",
    "FollowUp",
    "GateDecision",
    "HandAnswer",
    "MonthClosing",
    "Obligation",
    "ObligationLine",
    "ProfileRevision",
    "ReasonCode",
    "Refund",
    "Remittance",
    "ResultFile",
    "ResultLine",
    "SalaryConfirmation",
    "Statement",
    "StatementLine",
]
