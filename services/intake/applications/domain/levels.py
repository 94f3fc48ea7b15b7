"""At which level each broken rule stands in a council: it refuses, it leaves a warning behind, or it asks nothing."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from councils.guards import GUARDS
from councils.settings import Settings
from ledger.decider import Failing, Refused, rule_broken


@dataclass(frozen=True)
class Judged:
    """What still refuses, the codes that warn, and the level of every guard that was passed."""

    failing: tuple[Failing, ...] = ()
    warnings: tuple[str, ...] = ()
    guards: dict[str, str] = field(default_factory=dict[str, str])


def judge(settings: Settings, found: Iterable[Failing], never: frozenset[str] = frozenset()) -> Judged:
    """Sort what is broken by the council's levels. A code that is no guard, or is in ``never``, always refuses."""
    failing: list[Failing] = []
    warnings: list[str] = []
    guards: dict[str, str] = {}
    for one in found:
        level = settings.guard(one.code) if one.code in GUARDS and one.code not in never else "refuse"
        if level == "refuse":
            failing.append(one)
            continue
        guards[one.code] = level
        if level == "warn":
            warnings.append(one.code)
    return Judged(tuple(failing), tuple(dict.fromkeys(warnings)), guards)


def broken(*failing: Failing) -> Refused:
    """The refusal that names everything that is wrong with a command, under the code of what comes first."""
    return rule_broken(failing[0].code, failing[0].sentence, failing=failing)


def refused(failing: tuple[Failing, ...], sentence: str) -> Refused:
    """The refusal that names everything at once: by its own code where all of it bears the same, else INCOMPLETE."""
    if len({one.code for one in failing}) == 1:
        return rule_broken(failing[0].code, failing[0].sentence, failing=failing)
    return rule_broken("INCOMPLETE", sentence, failing=failing)
