"""What every service's stored rows mean, so that record can read a history that spans them all."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from ledger.book import Encoding
from ledger.codec.codec import Codec
from ledger.rows import Row
from services.intake.stored import STORED as INTAKE
from services.notify.stored import STORED as NOTIFY
from services.panel.stored import STORED as PANEL
from services.routing.stored import STORED as ROUTING

SERVICES = ("intake", "notify", "panel", "record", "routing")
"""Every service with a trail, in the order in which rows of the same microsecond are merged."""

CODECS: Mapping[str, Codec] = {
    "intake": Codec(INTAKE),
    "notify": Codec(NOTIFY),
    "panel": Codec(PANEL),
    "routing": Codec(ROUTING),
}
"""What reads the other services' rows. Record's own are read by its book's codec, which its callers bring."""

DECISIONS = (
    "panel.decision.agreed",
    "panel.decision.deferred",
    "panel.decision.not_agreed",
    "panel.decision.delegated_decision_made",
)
"""Stored names of what was decided about an application; each holds a ruling with the decision's id."""

BY_APPLICATION = ("application-", "route-", "decision-")
"""Streams whose name ends in the id of the application that they are about."""


def meaning(service: str, row: Row, own: Encoding) -> Any:
    """The event of a decided row, or the public event's data of a heard one. ``own`` reads record's own rows.

    Raises NewerThanMe.
    """
    if row.kind == "heard":
        return msgspec.json.decode(row.payload)["data"]
    return CODECS.get(service, own).decode_row(row)


def names_application(service: str, row: Row, own: Encoding) -> str | None:
    """The application that a row is about, or None for rows shared by many, such as the opening of a sitting."""
    for prefix in BY_APPLICATION:
        if row.stream.startswith(prefix):
            return row.stream.removeprefix(prefix)
    said = meaning(service, row, own)
    named = said.get("application") if isinstance(said, dict) else getattr(said, "application", None)
    return str(named) if isinstance(named, str | UUID) else None
