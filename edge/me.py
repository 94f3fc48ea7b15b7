"""Who am I, and what waits for me: `GET /<service>/councils/{council}/me`, each service for what it knows.

Services do not ask each other: whoever wants one list asks each and puts them together, as `panelbook me` does.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import Response

from edge.answers import shown
from edge.arrivals import arrival_of
from edge.calls import Call

MOST = 200
"""What one answer lists, the longest waiting first; it says how many there are in all."""


class What(StrEnum):
    """What somebody may be waiting for, in whichever service."""

    REPAIR = "REPAIR"
    """intake: a returned form is to be repaired, and signed anew; the reasons stand beside it word for word (B5)."""
    WRITING = "WRITING"
    """intake: a draft of one's own has not been handed in."""
    SECTION = "SECTION"
    """intake: a section that one's role writes is empty (D6)."""
    COMMENT = "COMMENT"
    """intake: comments of the manager who signed are to be answered (B16)."""
    SIGNATURE = "SIGNATURE"
    """intake: the form, or what changed in it since a deferral, is to be signed (B6, D5)."""
    AGREEMENT = "AGREEMENT"
    """intake: it is signed, and to be agreed (B6, D5)."""
    SUBMISSION = "SUBMISSION"
    """intake: it is signed and agreed as the council asks, and to be handed in."""
    FURTHER_WORK = "FURTHER_WORK"
    """intake: a deferral asks one for further work, by its due moment (S4 appendix)."""
    DELEGATED_DECISION = "DELEGATED_DECISION"
    """routing: one may decide it alone."""
    EXCEPTION = "EXCEPTION"
    """routing: it cannot go on without an exception that one may grant (A10)."""
    TERMS = "TERMS"
    """routing: the settings in force are to be acknowledged (A17)."""
    HEARING = "HEARING"
    """panel: an item is open and its outcome is to be recorded (D1)."""
    MINUTES = "MINUTES"
    """panel: the minutes of a closed sitting are to be signed."""
    RATIFICATION = "RATIFICATION"
    """panel: a sitting is to say what it makes of a decision outside it (E2)."""
    APPLICATION_DUE = "APPLICATION_DUE"
    """panel: the application is to follow a decision that was made without one (E7)."""
    REPLACEMENT = "REPLACEMENT"
    """panel: what was not ratified goes on until other support is in place (E4)."""
    INFORM_FAMILY = "INFORM_FAMILY"
    """notify: the family is to be told of a decision (D13)."""
    TELL_ANOTHER_WAY = "TELL_ANOTHER_WAY"
    """notify: a letter was given up, and its recipient is to be told another way (I3)."""


class WaitsShown(BaseModel):
    """One thing that waits for the caller."""

    what: What
    record: str = Field(description="The address of the record that it is about, below the deployment's own.")
    application: str | None = Field(description="The application that it is about; null for terms and minutes.")
    since: datetime = Field(description="From when its waiting is counted: begun, returned, received, decided, closed.")
    due_at: datetime | None = Field(description="By when it is due, where a rule says so.")
    on: date | None = Field(description="The day of the sitting that it is for, where one is named.")
    reasons: tuple[str | None, ...] = Field(description="Why a form was returned, word for word; null if erased.")


class MeShown(BaseModel):
    """Who the caller is, as their token says, and what waits for them here."""

    actor: str = Field(description="The id under which everything that they do is kept.")
    council: str
    role: str = Field(description="The role that they act in now: `Panelbook-Role`, else the first of their token.")
    roles: tuple[str, ...] = Field(description="Every role of their token that is known here.")
    team: str
    service: str
    waiting: tuple[WaitsShown, ...] = Field(description="The longest waiting first; at most 200.")
    waiting_in_all: int


def waits(what: What, record: str, since: datetime, application: object = None, **more: Any) -> dict[str, Any]:
    """One thing that waits, as it is shown."""
    about = None if application is None else str(application)
    usual = {"due_at": None, "on": None, "reasons": ()}
    return {"what": what, "record": record, "application": about, "since": since, **usual, **more}


def me(call: Call, waiting: Sequence[Mapping[str, Any]], **more: Any) -> Response:
    """The answer: who calls, and what waits for them."""
    principal, context = arrival_of(call.request).principal, call.context
    assert principal is not None, "a call has a caller"
    longest = sorted(waiting, key=lambda one: (one["since"], one["record"], one["what"]))
    return shown(
        {
            "actor": context.actor,
            "council": context.council,
            "role": context.role,
            "roles": principal.roles,
            "team": context.team,
            "service": context.service,
            "waiting": longest[:MOST],
            "waiting_in_all": len(longest),
            **more,
        }
    )
