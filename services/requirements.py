"""What a rule asks for, judged by the council's levels: what fails is named at once, what warns is kept."""

from collections.abc import Iterable
from dataclasses import dataclass

from councils.guards import Levels, Warned, level_of
from ledger.decider import Failing, Refused, rule_broken


@dataclass(frozen=True)
class Judged:
    """What refuses, and every guard that stood in the way at a level that lets the act through."""

    failing: tuple[Failing, ...] = ()
    warned: tuple[Warned, ...] = ()


def judge(
    settings: Levels | None, found: Iterable[Failing], *, kind: str = "", never: frozenset[str] = frozenset()
) -> Judged:
    """Sort what is broken by the council's levels for this kind of application.

    A code that is no guard, or is in ``never``, always refuses. Without settings every guard stands at its own level.
    """
    failing: list[Failing] = []
    warned: list[Warned] = []
    for one in found:
        level = "refuse" if one.code in never else level_of(settings, one.code, kind)
        if level == "refuse":
            failing.append(one)
        else:
            warned.append(Warned(one.code, level))
    return Judged(tuple(failing), tuple(dict.fromkeys(warned)))


def require(
    settings: Levels,
    found: Iterable[Failing],
    sentence: str,
    *,
    kind: str = "",
    never: frozenset[str] = frozenset(),
    code: str = "INCOMPLETE",
) -> tuple[Warned, ...]:
    """What was let through in spite of a guard. Raises one Refused that names everything that is failing."""
    judged = judge(settings, found, kind=kind, never=never)
    if judged.failing:
        raise refused(judged.failing, sentence, code=code)
    return judged.warned


def refused(failing: tuple[Failing, ...], sentence: str, *, code: str = "INCOMPLETE") -> Refused:
    """The refusal that names everything at once: by its own code where all of it bears the same, else by ``code``."""
    if len({one.code for one in failing}) == 1:
        return rule_broken(failing[0].code, failing[0].sentence, failing=failing)
    return rule_broken(code, sentence, failing=failing)
