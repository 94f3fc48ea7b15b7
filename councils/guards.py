"""The rules that refuse although no statute demands it: each has a level that a council may change.

Authority, the cut-off of the clock, what may not be changed afterwards, tenancy and the statutory duties are not in
this list: they have no level, and settings that name one are refused (`UNKNOWN_GUARD`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

Level = Literal["refuse", "warn", "off"]
"""`refuse`: the command is refused; `warn`: it goes through and its event keeps the code; `off`: nothing is asked."""


@dataclass(frozen=True)
class Guard:
    """What a guard asks, from where, and its level where the council says nothing: for some persons another one."""

    asks: str
    source: str
    level: Level = "refuse"
    levels: Mapping[str, Level] = field(default_factory=dict[str, Level])
    can: tuple[Level, ...] = ("refuse", "warn", "off")
    """The levels at which it does something of its own: no other may be published."""


@dataclass(frozen=True)
class Warned:
    """A guard that stood in the way at a level that lets the act through, `warn` or `off`; it stays in the record."""

    code: str
    level: str


class _Kind(Protocol):
    @property
    def person(self) -> str: ...


class Levels(Protocol):
    """What a council's settings say of guards."""

    @property
    def guards(self) -> Mapping[str, Level]:
        """The levels that the council chose, by code."""
        ...

    @property
    def kinds(self) -> Mapping[str, _Kind]:
        """The kinds of application, each with whom it is for."""
        ...


GUARDS: Mapping[str, Guard] = {
    # --- the form -------------------------------------------------------------------------------------------------
    "NO_INDICATIVE_BUDGET": Guard("The indicative budget comes before the plan.", "S0, B8"),
    "NEEDS_MISSING": Guard("The needs are described.", "S4 §10, B5"),
    "OUTCOMES_MISSING": Guard("The outcomes are named.", "S4 §10, B5"),
    "PLAN_MISSING": Guard("The plan is written.", "S4 §10, B14"),
    "PLAN_INCOMPLETE": Guard("Needs, parenting capacity, and each action's owner, date and review.", "S4 §10, B14"),
    "FAMILY_AGREEMENT_MISSING": Guard("The family agrees, or it says why not.", "S4 §10, B14"),
    "OPTIONS_TRIED_MISSING": Guard("A placement request lists what was tried and why it did not suit.", "S4 §12, B9"),
    "OTHER_FUNDING_MISSING": Guard("Each possible other source of funding has its information.", "S4 §7, B13"),
    "SUPPORT_NEEDS_MISSING": Guard("Education, health, social and emotional needs are considered.", "S4 §7, B15"),
    "SUPPORT_ADVICE_MISSING": Guard("The Virtual School or the CLA nurse advised.", "S4 §7, B15", "warn"),
    "PR_NOT_STATED": Guard("It names who holds parental responsibility, or says that no relative does.", "S4 §13, B12"),
    "CONSEQUENCE_MISSING": Guard("It says what happens if this is not provided.", "S3 #3, B17"),
    "IRO_SECTION_MISSING": Guard("The IRO completed their section.", "S3, B6"),
    "TM_SIGNATURE_MISSING": Guard("The team manager signed.", "S4 appendix, B6"),
    "SM_AGREEMENT_MISSING": Guard("The relevant service manager agreed.", "S4 §5, B6"),
    "COMMENT_OPEN": Guard("Each of the team manager's comments is answered before the agreement.", "S4 appendix, B16"),
    "OFFICER_UNKNOWN": Guard("Whoever the form names as manager is an officer of the council.", "S0, I3"),
    # --- before and at the panel ----------------------------------------------------------------------------------
    "INCOMPLETE": Guard("No slot for an application that is not complete.", "S3, B4"),
    "UNTRAINED_PRESENTER": Guard(
        "The team manager hears of a presenter without training.", "S0, B18", "warn", can=("warn", "off")
    ),
    "BELOW_FLOOR": Guard("An item below the forum's floor is not put on its agenda.", "S2 #8, C14"),
    "PANEL_BEFORE_COURT": Guard("The panel decides before the plan is filed with the court.", "S4 §7, A13"),
    "COST_ONLY": Guard(
        "A plan that meets needs and outcomes is not refused for cost alone.", "S0, S1, D8", levels={"child": "warn"}
    ),
    # --- out of panel ---------------------------------------------------------------------------------------------
    "NOT_EXCEPTIONAL": Guard("Out of panel is for an emergency care need.", "S4 §9, E6"),
    "ADVICE_MISSING": Guard("The service manager's advice is recorded.", "S4 §5, E6"),
    "SHORT_PERIOD_END_MISSING": Guard("A decision for a short period says when it ends.", "S4 §12 NB, E5"),
}
"""Every code that has a level. `COST_ONLY` refuses for adults and warns for children where nothing is said (D8)."""


def level_of(settings: Levels | None, code: str, kind: str = "") -> Level:
    """At which level a guard stands for a kind of application: as the council chose, else as the guard says itself.

    A code that is no guard always refuses.
    """
    guard = GUARDS.get(code)
    if guard is None:
        return "refuse"
    of_kind = settings.kinds.get(kind) if settings is not None else None
    own = guard.levels.get(of_kind.person, guard.level) if of_kind is not None else guard.level
    return settings.guards.get(code, own) if settings is not None else own
