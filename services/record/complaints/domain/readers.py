"""Who may read a council's complaints."""

from ledger.decider import not_allowed

OFFICERS = frozenset({"complaints_officer", "director_csw", "director_cs", "head_of_service"})
"""Roles that may read a council's complaints."""


def must_read_complaints(role: str) -> None:
    """Raises Refused NOT_A_COMPLAINTS_OFFICER."""
    if role not in OFFICERS:
        raise not_allowed("NOT_A_COMPLAINTS_OFFICER", "Complaints are read by complaints officers and directors.")
