"""Everything that fails at once: one refusal that names it, by the code of what comes first."""

from collections.abc import Iterable, Mapping
from typing import Any

from councils.guards import Levels, Warned
from ledger.decider import Failing, rule_broken
from services.requirements import judge


def require(
    settings: Levels | None,
    found: Iterable[Failing],
    *,
    kind: str = "",
    facts: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[Warned, ...]:
    """What the council's levels let through; ``facts`` by code go with the refusal. Raises Refused."""
    judged = judge(settings, found, kind=kind)
    if judged.failing:
        first = judged.failing[0]
        fields = [one for one in judged.failing if one.pointer]
        raise rule_broken(first.code, first.sentence, failing=fields, **(facts or {}).get(first.code, {}))
    return judged.warned
