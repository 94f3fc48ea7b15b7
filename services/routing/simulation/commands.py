"""Trying a draft on past applications: which document is meant, whether it may be tried, and the answer."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from councils import checks
from councils.checks import Defect, Unreadable
from councils.settings import Settings, Terms
from edge.calls import Call
from ledger.decider import Failing, not_allowed, rule_broken
from services import settings
from services.routing.simulation import read
from services.routing.simulation.domain.simulation import Happened, Simulation, simulate

MAY_TRY = frozenset({"settings_publisher", "head_of_service", "service_manager", "director_csw", "director_cs"})
"""Whoever answers for a scheme of delegation, or prepares one; our default."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Draft:
    """What to try: whole terms, or only the decision tables of the settings in force as an editor saved them."""

    terms: Mapping[str, Any] | None
    scheme: Mapping[str, Any] | None


async def try_draft(call: Call, draft: Draft, from_at: datetime, until_at: datetime) -> dict[str, Any]:
    """What the draft would have done to the applications received in a time, the end not included.

    Raises Refused with every defect of the draft at once, as publishing it would.
    """
    if call.context.role not in MAY_TRY:
        raise not_allowed("NOT_YOURS_TO_TRY", "Only whoever prepares or answers for a scheme may try one.")
    failing = [] if from_at < until_at else [_BACKWARDS]
    async with call.reading() as reader:
        in_force = await settings.in_force(reader, call.context.now)
        if in_force is None:
            raise rule_broken("NO_SETTINGS", "This council has no settings in force: there is nothing to compare with.")
        tried = _draft(draft, in_force, call.context.council, failing)
        past = await read.past(reader, _micros(from_at), _micros(until_at))
        happened = Happened(past.number, past.received_us, past.way, past.sitting_on, past.ending, past.words)
        # A million applications take a second or two of computing; other requests need not wait for them.
        answer = await asyncio.to_thread(simulate, tried, in_force, past.columns, happened)
        names = await read.names_of(reader, [one for change in answer.changes for one in change.examples])
    return _shown(answer, names, in_force.version)


def _draft(draft: Draft, in_force: Settings, council: str, failing: Sequence[Failing]) -> Settings:
    """The settings that are tried. Raises Refused with every defect of theirs, and what else is ``failing``."""
    document: dict[str, Any] = in_force.document() if draft.terms is None else dict(draft.terms)
    for name in ("version", "in_force_from"):
        document.pop(name, None)
    if draft.scheme is not None:
        document[_place(draft.scheme, in_force)] = dict(draft.scheme)
    try:
        terms = checks.read(document)
    except Unreadable as unreadable:
        sentence = "This draft is not a council's settings: some parts cannot be read."
        found = [*_failing(unreadable.defects), *failing]
        raise rule_broken("SETTINGS_UNREADABLE", sentence, failing=found) from None
    others = [] if terms.id == council else [_ANOTHERS]
    if found := [*others, *_failing(_defects(terms)), *failing]:
        raise rule_broken(found[0].code, found[0].sentence, failing=found)
    return Settings.of(terms, version=in_force.version + 1, in_force_from=in_force.in_force_from)


_BACKWARDS = Failing("/until_at", "PERIOD_BACKWARDS", "The time to look at would end before it begins.")
_ANOTHERS = Failing("/settings/id", "WRONG_COUNCIL", "These settings belong to another council.")


def _defects(terms: Terms) -> Sequence[Defect]:
    # A draft that sends everything to a panel may be tried: what that would cost is worth knowing.
    return [defect for defect in checks.defects(terms) if defect.code not in ("PANEL_AS_DEFAULT", "TERMS_INCOMPLETE")]


def _failing(defects: Sequence[Defect]) -> list[Failing]:
    return [Failing(f"/settings{one.pointer}", one.code, one.sentence) for one in defects]


def _place(table: Mapping[str, Any], in_force: Settings) -> str:
    """Where a table belongs in the settings: the one of exclusions keeps its name, any other is the scheme."""
    nodes = table.get("nodes")
    names = [one.get("name") for one in nodes if isinstance(one, Mapping)] if isinstance(nodes, list) else []
    excluding = in_force.exclusions is not None and in_force.exclusions.name in (table.get("name"), *names)
    return "exclusions" if excluding else "scheme"


def _shown(answer: Simulation, names: Mapping[int, str], version: int) -> dict[str, Any]:
    changes = [
        {**asdict(change), "examples": [names[number] for number in change.examples]} for change in answer.changes
    ]
    difference = {
        "to_panel": _to_panel(answer.draft.routes) - _to_panel(answer.happened.routes),
        "panel_hours": round(answer.draft.panel_hours - answer.happened.panel_hours, 2),
        "weeks_waited": round(answer.draft.weeks_waited - answer.happened.weeks_waited, 2),
    }
    return {
        "applications": answer.applications,
        "settings_version": version,
        "happened": asdict(answer.happened),
        "draft": asdict(answer.draft),
        "difference": difference,
        "unchanged": answer.unchanged,
        "changed": answer.applications - answer.unchanged,
        "changes": changes,
    }


def _to_panel(routes: Mapping[str, int]) -> int:
    return sum(count for route, count in routes.items() if route.endswith("PANEL"))


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)
