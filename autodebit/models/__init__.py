from autodebit.models.bank import BankProfile
from autodebit.models.batch import Approval, BankFile, Batch, Exclusion
from autodebit.models.obligation import Attempt, Obligation, ObligationLine

__all__ = [
    "Approval",
    "Attempt",
    "BankFile",
    "BankProfile",
    "Batch",
    "Exclusion",
    "Obligation",
    "ObligationLine",
]
