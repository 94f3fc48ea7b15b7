"""Whoever a form names as manager is an officer of the council, for letters and tasks go to them (DOMAIN.md, I3)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from councils.guards import Warned
from councils.settings import Settings
from ledger.decider import Failing
from services.requirements import judge


@dataclass(frozen=True)
class Officers:
    """What intake has heard of those whom a form names: who of them is appointed, and whether anybody is at all."""

    appointed: frozenset[str]
    anybody: bool


def unknown(officers: Officers | None, named: Mapping[str, str]) -> Iterator[Failing]:
    """Each member of a form that names somebody who is no officer; nothing for a case of before (None)."""
    for member, officer in named.items():
        if officers is not None and officer not in officers.appointed:
            sentence = "No officer is appointed under this id; who was appointed a moment ago is known in a moment."
            yield Failing(f"/{member}", "OFFICER_UNKNOWN", sentence)


def judged(
    officers: Officers | None, named: Mapping[str, str], settings: Settings, kind: str
) -> tuple[tuple[Failing, ...], tuple[Warned, ...]]:
    """What refuses, and what goes through and is kept.

    An appointment that is still on its way is heard in a moment, and the same command is taken then. While a council
    has appointed nobody at all, there is no list that anybody could be missing from: it is kept as a warning.
    """
    found = judge(settings, unknown(officers, named), kind=kind)
    if officers is None or officers.anybody or not found.failing:
        return found.failing, found.warned
    return (), (Warned("OFFICER_UNKNOWN", "warn"),)
