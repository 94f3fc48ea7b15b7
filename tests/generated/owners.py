"""Which stream owns which event, what happened, and who is told: the table of ADR 0003, and the lists in the READMEs.

Names come from every service's ``stored.py``, the words from the events' docstrings, and the public types from what
``publishing.py`` makes of one golden event of each name.
"""

import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from edge.access import STORED as ACCESS
from ledger.codec.codec import Codec, StoredName
from ledger.recorded import Decided
from panelbook.catalogue import CATALOGUE
from services.hosting import Service
from tests.generated.files import Files, between, read
from tests.histories import golden

ADR = "docs/adr/0003-each-fact-has-one-owning-stream.md"

STREAMS = {
    "intake.application": "`application-<id>`",
    "intake.assessment": "`assessment-<id>`",
    "intake.expected": "`expected-<forum>-<day>`",
    "routing.settings": "`settings`",
    "routing.officer": "`officer-<actor>`",
    "routing.route": "`route-<application>`",
    "panel.sitting": "`sitting-<id>`",
    "panel.decision": "`decision-<application>`",
    "notify.message": "`message-<id>`",
    "notify.task": "`task-<id>`",
    "record.complaint": "`complaint-<id>`",
    "access": "`access-<id>`, lane `access`",
}
"""The stream of every kind of stored names. A new kind has a line here."""


def files() -> Files:
    """ADR 0003 and the README of every service that owns events."""
    return {
        ADR: between(read(ADR), "events", list(_table())),
        **{
            readme: between(read(readme), "events", list(_listed(service)))
            for name, service in CATALOGUE.items()
            if service.stored and (readme := f"services/{name}/README.md")
        },
    }


def happened(event: type) -> str:
    """The first sentence of an event's docstring, on one line, as it stands in a cell."""
    said = " ".join((inspect.getdoc(event) or "").partition("\n\n")[0].split())
    if not said:
        raise LookupError(f"{event.__qualname__} has no docstring: it says what happened")
    first = re.split(r"(?<=[^.]\.)\s+(?=[A-Z`\"])", said)[0]
    return first.removesuffix(".").replace("``", "`").replace("|", r"\|")


def stream_of(name: str) -> str:
    """The stream that owns a stored name, as documents write it."""
    return STREAMS[name.rpartition(".")[0]]


def _table() -> Iterator[str]:
    yield "| Stored name | Owning stream | What happened | Public as | What follows |"
    yield "|---|---|---|---|---|"
    for service in CATALOGUE.values():
        for one in service.stored:
            public = published(service, one)
            follows = [*_following(service, one.event), *(line for type_ in public for line in _heard(type_))]
            yield _row(one, ", ".join(f"`{type_}`" for type_ in public), "; ".join(follows))
    for one in ACCESS:
        yield _row(one, "", "")


def _row(one: StoredName, public: str, follows: str) -> str:
    cells = (f"`{one.name}`", stream_of(one.name), happened(one.event), public, follows)
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")


def _following(service: Service, cause: type | str) -> Iterator[str]:
    """Each policy that an event causes, with the events that it may record."""
    names = {one.event: one.name.removeprefix(f"{service.name}.") for one in service.stored}
    for policy in service.follow:
        if cause in policy.causes:
            yield f"`{policy.name}`: {', '.join(f'`{names[event]}`' for event in policy.leads_to)}"


def _heard(type_: str) -> Iterator[str]:
    """What follows in the services that hear of a public type."""
    for service in CATALOGUE.values():
        for line in _following(service, f"uk.panelbook.{type_}"):
            yield f"in {service.name} {line}"


def _listed(service: Service) -> Iterator[str]:
    streams: dict[str, list[str]] = {}
    for one in service.stored:
        streams.setdefault(stream_of(one.name), []).append(f"`{one.name.rpartition('.')[2]}`")
    for stream, names in streams.items():
        yield from textwrap.wrap(f"- {stream}: {', '.join(names)}", 118, subsequent_indent="  ", break_on_hyphens=False)


def published(service: Service, one: StoredName) -> list[str]:
    """The public types, without their common beginning, that a stored event of this name is published as."""
    row: Any = SimpleNamespace(council="c4d81e", role="social_worker")
    # The golden events hold a sample of every field, and samples keep no contract; a new one may not be written yet.
    with patch("services.public.registry"):
        found = service.publish(Decided(row, _golden()[one.name]))
    return [out.type.removeprefix("uk.panelbook.") for out in found]


@cache
def _golden() -> dict[str, Any]:
    codec = Codec(golden.RELEASED)
    newest = {one.name: one.schema for one in golden.RELEASED}
    return {
        one.name: codec.decode(one.name, one.schema, one.payload.encode())
        for one in golden.histories()
        if one.schema == one.read_as == newest[one.name]
    }
