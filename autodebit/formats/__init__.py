"""Bank files. Each format is a module with the same functions over a layout, which is data of a bank profile:

    layout_findings(layout)           faults of the layout itself
    line_findings(line, layout)       faults of a line that would not fit, before anything is written
    write(head, lines, layout, out)   streams; returns Written, raises WriterMismatch or LineUnfit
    read_back(data, layout)           reads (and validates) the written file again; returns ReadBack
    CONTENT_TYPE, EXTENSION           how the file is served

A second bank is a second layout; a second kind of file is a second module here.
"""

from types import ModuleType

from autodebit.formats import bank_csv, pain008

FORMATS: dict[str, ModuleType] = {
    "bank_csv": bank_csv,
    "pain008": pain008,
}
