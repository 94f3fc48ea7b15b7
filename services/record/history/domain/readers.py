"""Who may read a whole case across services."""

from ledger.decider import not_allowed

READERS = frozenset({"complaints_officer", "records_officer", "director_csw", "director_cs"})
"""Roles that may read a whole case across services."""


def must_read_histories(role: str) -> None:
    """Raises Refused NOT_A_READER_OF_HISTORIES."""
    if role not in READERS:
        raise not_allowed(
            "NOT_A_READER_OF_HISTORIES", "Whole cases are read by complaints and records officers and by directors."
        )
