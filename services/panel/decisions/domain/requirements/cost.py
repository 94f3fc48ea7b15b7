"""A plan that meets outcomes and needs is not refused for its cost alone (10.85; D8)."""

from collections.abc import Iterator

from councils.guards import level_of
from councils.settings import Settings
from ledger.decider import Failing

COST = "COST"
"""The reason code that alone never refuses an adult's plan which meets outcomes and needs (D8)."""

COST_ONLY = "COST_ONLY"
"""The guard against it: children are warned, adults refused, or as the council's settings say."""


def reason_codes_missing(meets: bool, codes: tuple[str, ...], settings: Settings, kind: str) -> Iterator[Failing]:
    """Without any code nobody could tell why such a plan is refused, so naming none is no way round the guard."""
    if meets and not codes and level_of(settings, COST_ONLY, kind) == "refuse":
        sentence = "The plan meets outcomes and assessed needs: name the code of each reason to refuse it."
        yield Failing("/reason_codes", "REASON_CODES_MISSING", sentence)


def cost_only(meets: bool, codes: tuple[str, ...]) -> Iterator[Failing]:
    """Cost is the only reason for which a plan that meets outcomes and needs is refused."""
    if meets and set(codes) == {COST}:
        sentence = "The plan meets outcomes and assessed needs, so cost alone is no reason to refuse it (10.85)."
        yield Failing("/reason_codes", COST_ONLY, sentence)
