"""Which sitting an application is for, and whether it is in time for it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from councils.calendar import cut_off, in_london, is_in_time, is_sitting_day, next_sitting
from councils.settings import Settings
from ledger.decider import Failing, Refused, rule_broken


@dataclass(frozen=True)
class Sitting:
    """The sitting an application is handed in for, and the cut-off it kept."""

    forum: str
    on: date
    cut_off_at: datetime


def judged_sitting(settings: Settings, sitting_on: date | None, received_at: datetime) -> Sitting | None:
    """The sitting whose cut-off was kept, or None where the council names none at submission.

    Raises Refused LATE with the next sitting whose cut-off still allows it: no late application is considered, and
    nobody may add one (S4 §5; DOMAIN.md, B1 and B2). ``sitting_on`` has passed :func:`gaps`.
    """
    if settings.submitted_to is None or sitting_on is None:
        return None
    forum = settings.forums[settings.submitted_to]
    if is_in_time(forum, sitting_on, received_at):
        return Sitting(settings.submitted_to, sitting_on, cut_off(forum, sitting_on))
    raise _late(settings, settings.submitted_to, sitting_on, received_at)


def cut_off_of(settings: Settings | None, forum: str | None, sitting_on: date | None) -> datetime | None:
    """When a named sitting of a forum closes; None where no sitting is named or the settings list no such forum."""
    if settings is None or forum is None or sitting_on is None or forum not in settings.forums:
        return None
    return cut_off(settings.forums[forum], sitting_on)


def sitting_gaps(settings: Settings, sitting_on: date | None) -> Iterator[Failing]:
    """What is wrong with the sitting that is named, its cut-off apart."""
    if settings.submitted_to is None:
        if sitting_on is not None:
            yield Failing("/sitting_on", "SITTING_NOT_ASKED_FOR", "This council names no sitting at submission.")
        return
    forum = settings.forums[settings.submitted_to]
    if sitting_on is None:
        yield Failing("/sitting_on", "SITTING_MISSING", f"Say for which sitting of the {forum.name} this is.")
    elif not is_sitting_day(forum, sitting_on):
        yield Failing("/sitting_on", "NOT_A_SITTING_DAY", f"The {forum.name} does not sit on {_day(sitting_on)}.")


def refuse_if_late(settings: Settings, sitting_on: date | None, at: datetime) -> None:
    """Raises Refused LATE where a sitting's cut-off has passed, whatever else is wrong and whoever asks (B2)."""
    if not list(sitting_gaps(settings, sitting_on)):
        judged_sitting(settings, sitting_on, at)


def late_gap(settings: Settings, sitting_on: date | None, at: datetime) -> tuple[Failing, ...]:
    """That a sitting's cut-off has passed, to be named beside whatever else is missing; nothing while it has not."""
    try:
        refuse_if_late(settings, sitting_on, at)
    except Refused as late:
        return late.failing
    return ()


def _late(settings: Settings, code: str, sitting_on: date, received_at: datetime) -> Refused:
    forum = settings.forums[code]
    missed = cut_off(forum, sitting_on)
    offered = next_sitting(forum, received_at, after=sitting_on)
    return rule_broken(
        "LATE",
        f"Applications for {_day(sitting_on)} closed at {_time(missed)}. The next sitting that can take it is on "
        f"{_day(offered)}; for an emergency care need ask for a decision out of panel.",
        failing=[Failing("/sitting_on", "LATE", f"{_day(offered)} is offered instead.")],
        cut_off_at=_instant(missed),
        offered=offered.isoformat(),
        offered_cut_off_at=_instant(cut_off(forum, offered)),
    )


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B %Y}"


def _time(moment: datetime) -> str:
    shown = in_london(moment)
    return f"{shown:%H:%M} on {_day(shown.date())}"


def _instant(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
