"""One council's year, case by case: what was asked for, when it came in, and how it ended."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from councils.calendar import DAY, ends_at, is_working_day, london, next_sitting, working_days_after
from councils.scheme import Facts, route
from councils.settings import Forum, Settings
from panelbook.caseload import figures, people
from panelbook.caseload.chance import Chance
from panelbook.caseload.figures import Price

FULL_DAY = 450
"""Minutes from 09:00 in which applications come in."""
_RUSH = 55
"""Of a hundred applications for a sitting, so many come on the day of its cut-off."""
_TEAMS = 6
_WORKERS_OF_A_TEAM = 8


def year(settings: Settings, of: int, seed: int, *, most: int | None = None) -> Iterator[dict[str, Any]]:
    """The past cases of one year, in the order in which they were received; at most so many.

    Volumes follow the public figures: 13,632 requests where the council's applications are adults', 547 looked-after
    children and 432 moves where they are children's. The same council, year and seed give the same cases on every
    machine. Times are UTC, money is pence.
    """
    chance = Chance(f"caseload {settings.id} {of} {seed}")
    adults = [code for code, kind in settings.kinds.items() if kind.person == "adult"]
    children = [code for code, kind in settings.kinds.items() if kind.person == "child"]
    asked = [chance.of(adults) for _ in range(figures.YEAR_OF_REQUESTS if adults else 0)]
    volume = figures.LOOKED_AFTER_CHILDREN + figures.PLACEMENT_MOVES if children else 0
    asked += [chance.of(children) for _ in range(volume)]
    received = sorted((_received(chance, settings, of), number) for number in range(len(asked)))
    for place, (at, number) in enumerate(received[:most], 1):
        yield _case(chance, settings, f"{of}-{place:06d}", asked[number], at)


def lines(cases: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Each case as one line of JSON: keys in a fixed order, so that equal years are equal files."""
    for case in cases:
        yield json.dumps(case, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(cases: Iterator[dict[str, Any]]) -> str:
    """SHA-256 in hex over the lines, each ended by a newline."""
    running = sha256()
    for line in lines(cases):
        running.update(line.encode() + b"\n")
    return running.hexdigest()


def _received(chance: Chance, settings: Settings, of: int) -> datetime:
    """A moment in office hours; half of what is for a sitting comes on the day of the cut-off."""
    day = date(of, 1, 1) + chance.between(0, 364) * DAY
    while not is_working_day(day):
        day += DAY
    minute = chance.between(0, FULL_DAY)
    forum = _submitted_to(settings)
    if forum is not None and forum.cut_off.weekday is not None and chance.percent(_RUSH):
        while day.strftime("%A").lower() != forum.cut_off.weekday or not is_working_day(day):
            day += DAY
        minute = FULL_DAY - int((FULL_DAY / 2) * chance.share() ** 2)
    return london(day, time(9)) + timedelta(minutes=minute, seconds=chance.between(0, 59))


def _submitted_to(settings: Settings) -> Forum | None:
    return settings.forums[settings.submitted_to] if settings.submitted_to else None


def _case(chance: Chance, settings: Settings, reference: str, code: str, at: datetime) -> dict[str, Any]:
    kind = settings.kinds[code]
    price = chance.weighted(figures.ADULT_PRICES if kind.person == "adult" else figures.CHILD_PRICES)
    count = chance.between(1, price.most)
    weekly, one_off = price.weekly_pence * count, price.one_off_pence * count
    indicated = int(weekly * (90 + chance.between(0, 25)) / 100)
    is_complex, is_distinctive = chance.percent(4), chance.percent(2)
    person = people.name(chance)
    facts = Facts(code, weekly, one_off, indicated, is_complex, is_distinctive)
    forum = _submitted_to(settings)
    family = _family(chance, kind.person, person)
    team = chance.between(1, _TEAMS)
    case: dict[str, Any] = {
        "case": reference,
        "kind": code,
        "person": {
            "id": family[0]["party"],
            "name": person,
            "born_on": people.born(chance, kind.person, at.date()).isoformat(),
            "male": chance.percent(figures.MALE_PERCENT),
            "ethnicity": chance.weighted(figures.ETHNICITY),
        },
        "family": family,
        "miles": _miles(chance, price),
        "team": f"team-{team}",
        "team_manager": f"team-manager-{team}",
        "service": f"service-{1 + team % 2}",
        "service_manager": f"service-manager-{1 + team % 2}",
        "originator": f"worker-{team}-{chance.between(1, _WORKERS_OF_A_TEAM)}",
        "received_at": _instant(at),
        "sitting_on": next_sitting(forum, at).isoformat() if forum else None,
        "indicative_weekly_pence": indicated,
        "weekly_pence": weekly,
        "one_off_pence": one_off,
        "complex": is_complex,
        "distinctive": is_distinctive,
        "complexity_reason": "Several services must act together." if is_complex or is_distinctive else None,
        "sections": {section: _section(chance, section, price, count) for section in kind.sections},
        "voices": [{"party": member["party"], "views": people.aim(chance)} for member in family],
    }
    case["decided"] = _decided(chance, settings, facts, at)
    return case


def _family(chance: Chance, person: str, name: str) -> list[dict[str, Any]]:
    own = {"party": chance.id(), "relationship": person if person == "child" else "person", "name": name}
    members = [{**own, "has_parental_responsibility": False}]
    parents = chance.between(1, 2) if person == "child" else 0
    for _ in range(parents):
        parent = {"party": chance.id(), "relationship": "parent", "name": people.name(chance)}
        members.append({**parent, "has_parental_responsibility": True})
    return members


def _miles(chance: Chance, price: Price) -> float | None:
    if "place" not in price.name:
        return None
    far = chance.percent(figures.OVER_TWENTY_MILES_PERCENT)
    return round(20.1 + 60 * chance.share() if far else 20 * chance.share(), 1)


def _section(chance: Chance, section: str, price: Price, count: int) -> str:
    if section == "needs":
        return people.needs(chance)
    if section == "outcomes":
        return people.aim(chance)
    if section == "plan":
        return f"The plan is {price.name}, {count} in number, looked at again within eight weeks."
    if section == "options_tried":
        return f"Support at home was tried. {chance.weighted(figures.MOVE_REASONS)}"
    return "It was considered together with everybody concerned and is written in the assessment."


def _decided(chance: Chance, settings: Settings, facts: Facts, at: datetime) -> dict[str, Any]:
    """How it ended: under these settings where they send it, and by whom; a deferral costs one sitting."""
    way = route(settings, facts)
    outcome = chance.weighted(figures.OUTCOMES)
    if way.forum is None:
        day = working_days_after(at.date(), chance.between(1, 5))
        moment = london(day, time(16)) + timedelta(minutes=chance.between(0, 59))
        by = "delegated"
    else:
        forum = settings.forums[way.forum]
        sitting = next_sitting(forum, at)
        if outcome == "DEFERRED":
            sitting = next_sitting(forum, at, after=sitting)
        moment = ends_at(forum, sitting) - timedelta(minutes=chance.between(1, min(45, forum.minutes)))
        by = "panel"
    final = "AGREED" if outcome == "DEFERRED" else outcome
    return {
        "outcome": final,
        "by": by,
        "at": _instant(moment),
        "times_deferred": 1 if outcome == "DEFERRED" and by == "panel" else 0,
        "route": way.route,
        "forum": way.forum,
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
