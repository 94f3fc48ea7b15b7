"""What a route answers: the outcome of a command, or a record that was read."""

from collections.abc import Mapping
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from ledger.rows import Outcome
from ledger.steps import step


class CommandAnswer(BaseModel):
    """What every command answers, the same again when it is repeated under the same key."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "id": "9a4e9a52-5d2c-5d0c-8f0b-0c2f7b7a1d55",
                "version": 7,
                "position": 184,
                "recorded_at": "2026-10-07T15:59:59.000001Z",
                "events": ["intake.application.submitted"],
            }
        },
    )

    id: str = Field(description="The record, as it stands in the address.")
    version: int = Field(description="Its version now; the ETag, and what the next If-Match must say.")
    position: int = Field(description="The position of the last entry in the council's book.")
    recorded_at: str | None = Field(description="When the book recorded it, UTC.")
    events: list[str] = Field(description="The stored names of what happened; empty when there was nothing to do.")


def etag(version: int) -> str:
    """A version as an ETag: strong and quoted."""
    return f'"{version}"'


def answered(outcome: Outcome, *, location: str = "") -> Response:
    """The answer of a command whose transaction is over: 200, or 201 with a ``location`` for a creation.

    ``location`` is relative to the address that was called, as ``applications/<id>``.
    """
    step("before_answer")
    headers = {"ETag": etag(int(outcome.answer["version"]))}
    if location:
        headers["Location"] = location
    return _json(outcome.answer, 201 if location else 200, headers)


def shown(record: Mapping[str, Any], *, version: int | None = None) -> Response:
    """The answer of a reading, with the record's version as ETag. Dates, times, ids and tuples become JSON."""
    return _json(record, 200, {} if version is None else {"ETag": etag(version)})


def _json(body: Any, status: int, headers: Mapping[str, str]) -> Response:
    return Response(msgspec.json.encode(body), status, headers, "application/json")
