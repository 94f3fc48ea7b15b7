"""One council's year, case by case: what was asked for, when it came in, and how it ended."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from councils.calendar import DAY, ends_at, is_working_day, london, next_sitting, working_days_after
from councils.facts import Facts
from councils.scheme import route
from councils.settings import Forum, Kind, Settings
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
    person, born = people.name(chance), people.born(chance, kind.person, at.date())
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
            "born_on": born.isoformat(),
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
        **_parts(chance, kind, price, count, at.date()),
        "voices": [_voice(chance, member, born, at.date()) for member in family],
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


def _voice(chance: Chance, member: Mapping[str, Any], born: date, on: date) -> dict[str, Any]:
    """What somebody wants; a child's with age and understanding, and one in twelve parents could not be asked."""
    said = {"party": member["party"], "views": people.aim(chance), "why_not_obtainable": None}
    if member["relationship"] == "child":
        return {**said, "age_years": (on - born).days // 365, "understanding": "Understands what is proposed."}
    if member["relationship"] == "parent" and chance.percent(8):
        return {**said, "views": None, "why_not_obtainable": "Could not be reached by letter, telephone or visit."}
    return said


def _parts(chance: Chance, kind: Kind, price: Price, count: int, on: date) -> dict[str, Any]:
    """The form's sections: texts, and the lists that are asked for as such."""
    wanted = set(kind.sections)
    texts = {name: _text(chance, name, price, count) for name in kind.sections if name not in _LISTS}
    parts: dict[str, Any] = {"sections": texts}
    if "options_tried" in wanted:
        reason = chance.weighted(figures.MOVE_REASONS)
        parts["options_tried"] = [{"option": "Support at home", "why_unsuitable": reason}]
    if "other_funding" in wanted:
        possible = chance.percent(20)
        information = "Asked, and their answer is awaited." if possible else None
        parts["other_funding"] = [{"source": "HEALTH", "possible": possible, "information": information}]
    if "actions" in wanted:
        due, review = on + timedelta(days=14), on + timedelta(days=56)
        action = {"action": "Arrange the support", "owner": "The allocated worker"}
        parts["actions"] = [{**action, "due_on": due.isoformat(), "review_on": review.isoformat()}]
    if "family_agreement" in wanted:
        agreed = not chance.percent(10)
        parts["family_agreement"] = {"agreed": agreed, "reason": None if agreed else "One parent wants to wait."}
    return parts


_LISTS = frozenset({"options_tried", "other_funding", "actions", "family_agreement", "support_needs"})


def _text(chance: Chance, section: str, price: Price, count: int) -> str:
    if section == "needs":
        return people.needs(chance)
    if section == "outcomes":
        return people.aim(chance)
    if section == "plan":
        return f"The plan is {price.name} (times {count}), looked at again within eight weeks."
    if section == "consequence":
        return "Without this the present arrangement breaks down within weeks."
    return "It was considered together with everybody concerned and is written in the assessment."


def _decided(chance: Chance, settings: Settings, facts: Facts, at: datetime) -> dict[str, Any]:
    """How it ended: under these settings where they send it, and by whom; a deferral costs one sitting."""
    way = route(settings, facts)
    outcome = chance.weighted(figures.OUTCOMES)
    if way.forum is None:
        day = working_days_after(at.date(), chance.between(1, 5))
        moment = london(day, time(16)) + timedelta(minutes=chance.between(0, 59))
        made, role = "DELEGATED", _role(settings)
    else:
        forum = settings.forums[way.forum]
        sitting = next_sitting(forum, at)
        if outcome == "DEFERRED":
            sitting = next_sitting(forum, at, after=sitting)
        moment = ends_at(forum, sitting) - timedelta(minutes=chance.between(1, min(45, forum.minutes)))
        made, role = "PANEL", "chair"
    final = "AGREED" if outcome == "DEFERRED" else outcome
    return {
        "outcome": final,
        "made": made,
        "role": role,
        "at": _instant(moment),
        "times_deferred": 1 if outcome == "DEFERRED" and made == "PANEL" else 0,
        "route": way.route,
        "forum": way.forum,
    }


def _role(settings: Settings) -> str:
    """Whoever has a limit of their own in this council; a team manager where nobody is named."""
    limits = (settings.delegated_limits, settings.delegated_limits_yearly, settings.delegated_limits_one_off)
    return next((role for some in limits for role in some), "team_manager")


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
