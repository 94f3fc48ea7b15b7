"""What a council's own systems are shown of a decision: outcome, amounts, days and references (S4 §1; G23, I10).

Nothing here is anybody's words, name or family, nor says why: a system that pays or arranges needs none of it.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from councils.settings import Settings


class BudgetExtract(BaseModel):
    """The final budget, in pence."""

    weekly_pence: int
    yearly_pence: int
    indicative_weekly_pence: int
    difference_pence: int


class RulingExtract(BaseModel):
    """One decision; ``reference`` is the one of the event that led here."""

    reference: str
    outcome: Literal["AGREED", "DEFERRED", "NOT_AGREED"]
    made: Literal["PANEL", "DELEGATED"]
    decided_at: datetime
    weekly_pence: int
    one_off_pence: int | None = Field(description="Where the decision itself says what is paid once.")
    final_budget: BudgetExtract | None
    review_on: date | None
    next_sitting_on: date | None
    settings_version: int


class DecisionExtract(BaseModel):
    """The decisions about one application, oldest first, as a system is shown them; money in pence."""

    application: str
    decisions: tuple[RulingExtract, ...]
    weekly_pence: int
    one_off_pence: int
    version: int


class OutOfPanelExtract(BaseModel):
    """A decision outside a panel, as a system is shown it: what it costs, until when, and what a panel made of it."""

    reference: str
    decided_at: datetime
    weekly_pence: int | None
    one_off_pence: int | None
    ends_on: date | None
    ratify_on: date | None
    ratification: str
    ratified_or_refused_at: datetime | None
    support: Literal["CONTINUES", "REPLACED"]
    replaced_at: datetime | None
    settings_version: int | None


class OutOfPanelExtracts(BaseModel):
    """The decisions outside a panel about one application, newest first, as a system is shown them."""

    application: str
    decisions: tuple[OutOfPanelExtract, ...]
    version: int


def lets_systems_read(in_force: Settings | None) -> bool:
    """Whether the council lets its own systems have an extract.

    It is a reading of now, and the settings in force now say so, whenever the decision was made: a council that turns
    it off is not read any more, and one that turns it on has older decisions paid as well.
    """
    return in_force is not None and in_force.detail_to_subscribers


def of_decision(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The extract of an application, or None while nothing has been decided about it: no event leads there yet."""
    if found is None or not found["decisions"]:
        return None
    return {
        "application": found["application"],
        "decisions": [_ruling(one) for one in found["decisions"]],
        "weekly_pence": found["weekly_pence"],
        "one_off_pence": found["one_off_pence"],
        "version": found["version"],
    }


def _ruling(made: Mapping[str, Any]) -> dict[str, Any]:
    same = {name for name in RulingExtract.model_fields if name not in ("reference", "one_off_pence")}
    return {
        "reference": made["decision"],
        "one_off_pence": made.get("one_off_pence"),
        **{name: made[name] for name in same},
    }


def of_out_of_panel(found: Iterable[Mapping[str, Any]]) -> dict[str, Any] | None:
    """The extracts of what was decided outside a panel about one application, or None where nothing was."""
    rows = list(found)
    if not rows:
        return None
    return {
        "application": rows[0]["application"],
        "decisions": [_outside(row) for row in rows],
        "version": rows[0]["version"],
    }


def _outside(row: Mapping[str, Any]) -> dict[str, Any]:
    other = ("reference", "ratification", "ratified_or_refused_at", "support")
    return {
        "reference": row["decision"],
        "ratification": row["outcome"].upper(),
        "ratified_or_refused_at": row["outcome_at"],
        "support": "REPLACED" if row["replaced_at"] else "CONTINUES",
        **{name: row[name] for name in OutOfPanelExtract.model_fields if name not in other},
    }
