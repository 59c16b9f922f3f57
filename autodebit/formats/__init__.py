"""Bank files. Each format is a module with the same functions over a layout, which is data of a bank profile:

    layout_findings(layout)           faults of the layout itself
    line_findings(line, layout)       faults of a line that would not fit, before anything is written
    write(head, lines, layout, out)   streams; returns Written, raises WriterMismatch or LineUnfit
    read_back(data, layout)           reads (and validates) the written file again; returns ReadBack
    CONTENT_TYPE, EXTENSION           how the file is served

A second bank is a second layout; a second kind of file is a second module here.
"""

from types import ModuleType

from autodebit.formats import (
    bank_csv,
    camt053,
    camt054,
    fixed_width,
    pacs004,
    pain002,
    pain008,
    result_csv,
    result_fixed,
    result_xlsx,
    statement_csv,
    xlsx,
)

FORMATS: dict[str, ModuleType] = {
    "bank_csv": bank_csv,
    "fixed_width": fixed_width,
    "xlsx": xlsx,
    "pain008": pain008,
}

# What the bank answers, and what moved on the collecting account: see results.py and statements.py for their functions.
RESULTS: dict[str, ModuleType] = {
    "result_csv": result_csv,
    "result_fixed": result_fixed,
    "result_xlsx": result_xlsx,
    "pain002": pain002,
    "camt054": camt054,
    "pacs004": pacs004,
}
STATEMENTS: dict[str, ModuleType] = {
    "statement_csv": statement_csv,
    "camt053": camt053,
}
