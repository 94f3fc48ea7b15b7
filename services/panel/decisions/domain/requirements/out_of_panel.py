"""What a decision outside a panel asks for: a person, an emergency, advice, an end (S4 §5, §9, §12)."""

from collections.abc import Iterator
from datetime import date, datetime

from councils import calendar
from councils.settings import OutOfPanel
from councils.texts import says_something
from ledger.decider import Failing
from services.panel.known.domain.wording import either


def person_missing(person: str | None) -> Iterator[Failing]:
    """Whom it is about, where no application says so yet."""
    if person is None:
        sentence = "Panel does not have this application yet, so say whom the decision is about."
        yield Failing("/person", "PERSON_MISSING", sentence)


def need_missing(need: str) -> Iterator[Failing]:
    """What was found."""
    if not says_something(need):
        yield Failing("/need", "NEED_MISSING", "Say what the emergency or the risk is.")


def decision_missing(words: str) -> Iterator[Failing]:
    """What is decided."""
    if not says_something(words):
        yield Failing("/decision", "DECISION_MISSING", "Say what is decided.")


def cost_missing(costs: list[int]) -> Iterator[Failing]:
    """In an emergency who may decide follows from the cost (E1)."""
    if not costs:
        yield Failing("/weekly_pence", "COST_MISSING", "Say what it costs a week: who may decide depends on it.")


def not_exceptional(grounds: tuple[str, ...], rules: OutOfPanel) -> Iterator[Failing]:
    """Only an emergency care need is exceptional (E6)."""
    if not set(grounds) & set(rules.grounds):
        sentence = "Outside a panel is for an emergency care need; having missed the cut-off is none (S4 §9)."
        yield Failing("/grounds", "NOT_EXCEPTIONAL", sentence)


def advice_missing(adviser: str | None, rules: OutOfPanel) -> Iterator[Failing]:
    """An emergency is decided with the service manager's advice (E6)."""
    if adviser is None:
        sentence = f"Record the advice of {either(rules.advice_from)}, and who gave it (S4 §5)."
        yield Failing("/advice", "ADVICE_MISSING", sentence)


def advice_of_another_role(role: str | None, rules: OutOfPanel) -> Iterator[Failing]:
    """Advice of anybody but the role it is asked of counts as none (E6).

    An adviser of whose appointment nothing was heard yet, ``role`` None, may have that role all the same.
    """
    if role is not None and role not in rules.advice_from:
        whose = either(rules.advice_from)
        sentence = f"The advice is {whose}'s to give; who is named is appointed to something else (S4 §5)."
        yield Failing("/advice/officer", "ADVICE_MISSING", sentence)


def short_period_end_missing(ends_on: date | None) -> Iterator[Failing]:
    """A short period has an end (S4 §12 NB; E5)."""
    if ends_on is None:
        sentence = "A decision for a short period says on which day it ends."
        yield Failing("/ends_on", "SHORT_PERIOD_END_MISSING", sentence)


def period_not_short(ends_on: date | None, at: datetime, rules: OutOfPanel) -> Iterator[Failing]:
    """The end does not lie too far ahead (E5)."""
    if ends_on is not None and ends_on > calendar.london_date(at) + rules.short_period_days * calendar.DAY:
        sentence = f"A short period ends within {rules.short_period_days} days here."
        yield Failing("/ends_on", "PERIOD_NOT_SHORT", sentence)
