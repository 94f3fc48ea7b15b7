"""One case's history as an answer: the same question gets the same bytes, today, tomorrow and after an upgrade."""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import msgspec

from ledger.rows import Row
from services.record.history.read import Place

FORMAT = 1
"""The frozen shape of the answer. Change nothing below for a released number: add the next one beside it."""


@dataclasses.dataclass(frozen=True)
class Entry:
    """One row as the answer shows it: where it stands, who did it, and what it said once unsealed."""

    service: str
    row: Row
    content: Any


def body(
    council: str,
    application: str,
    as_at: datetime,
    cut: Mapping[str, Place],
    rules: Sequence[Mapping[str, Any]],
    entries: Sequence[Entry],
) -> bytes:
    """The answer's bytes: JSON with sorted keys, moments in UTC with microseconds, digests in hexadecimal."""
    return msgspec.json.encode(
        {
            "format": FORMAT,
            "council": council,
            "application": application,
            "as_at": _moment(as_at),
            "cut": {service: {"epoch": place.epoch, "position": place.position} for service, place in cut.items()},
            "rules": [_rule(rule) for rule in rules],
            "entries": [_entry(entry) for entry in entries],
        },
        order="sorted",
    )


def digest(answer: bytes) -> str:
    """SHA-256 of the answer's bytes, in hexadecimal."""
    return sha256(answer).hexdigest()


def _moment(at: datetime) -> str:
    """Always six digits, so that moments sort as text; content keeps the spelling of what was stored."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _moment(value) if isinstance(value, datetime) else value for name, value in rule.items()}


def _entry(entry: Entry) -> dict[str, Any]:
    row = entry.row
    return {
        "service": entry.service,
        "position": row.position,
        "epoch": row.epoch,
        "kind": row.kind,
        "name": row.name,
        "schema": row.schema,
        "stream": row.stream,
        "version": row.version,
        "received_at": _moment(row.received_at),
        "recorded_at": _moment(row.recorded_at),
        "actor": row.actor,
        "role": row.role,
        "cause": row.cause,
        "leaf": row.leaf.hex(),
        "content": entry.content,
    }
