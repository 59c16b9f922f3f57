"""The bank of the rehearsal: it reads our sealed files like a bank and answers like one. Pure: no database, no clock.

scenarios         what may happen to a batch, and to which of its lines
csv_twin          reads and answers the delimited, fixed and sheet files
mock_counterpart  reads and answers pain.008 with an independent engine (mock-bank)
faults            breaks an answer the way answers break
statement         the statement of the collecting account
"""
