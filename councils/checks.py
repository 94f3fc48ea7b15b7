"""What stands in the way of publishing a council's terms: unreadable words, missing statements, a misleading table."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from pydantic import ValidationError

from councils.defects import Defect, Unreadable
from councils.facts import ORDERS
from councils.guards import GUARDS
from councils.jdm import from_jdm, is_jdm
from councils.reach import panel_is_default
from councils.settings import Forum, Terms
from councils.tables import EXCLUSIONS, SCHEME, table_defects
from councils.texts import says_something

__all__ = ["Defect", "Unreadable", "defects", "panel_is_default", "read"]

_NOTHING: Mapping[str, Any] = {
    "id": "none",
    "slug": "none",
    "name": "",
    "management_team": "none",
    "kinds": {},
    "forums": {},
    "scheme": {"name": "none", "hitPolicy": "first", "inputs": [], "outputs": [], "rules": []},
    "delegated_limits": {},
    "complaints": {"stage_one": 0, "stage_one_extended": 0},
    "family_told_within_working_days": 0,
}
"""What takes the place of members that cannot be read, so that the others are checked all the same."""


def read(document: Mapping[str, Any]) -> Terms:
    """The terms in a document, whose tables may be whole JDM documents.

    Raises :class:`Unreadable`, with everything that is wrong in the readable parts as well; it never repeats what the
    document said.
    """
    plain, outside = _plain(document)
    try:
        terms = Terms.model_validate(plain)
    except ValidationError as error:
        raise Unreadable((*outside, *_unread(plain, error))) from None
    if outside:
        raise Unreadable((*outside, *defects(terms)))
    return terms


def _plain(document: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Defect, ...]]:
    plain, found = dict(document), ()
    for name in ("scheme", "exclusions"):
        if is_jdm(plain.get(name)):
            plain[name], outside = from_jdm(plain[name], f"/{name}")
            found = (*found, *outside)
    return plain, found


def _unread(document: Mapping[str, Any], error: ValidationError) -> Iterator[Defect]:
    broken: set[str] = set()
    for one in error.errors():
        broken.add(str(one["loc"][0]) if one["loc"] else "")
        pointer = "".join(f"/{part}" for part in one["loc"])
        yield Defect(pointer, "SETTINGS_UNREADABLE", f"{one['msg']}.")
    readable = {name: value for name, value in document.items() if name not in broken}
    for defect in _parts(Terms.model_validate({**_NOTHING, **readable})):
        # What depends on a part that cannot be read is said when it can.
        depends = {"FORUM_UNKNOWN": "forums", "EXCEPTION_MISSING": "exceptions", "EXCEPTION_UNKNOWN": "scheme"}
        if defect.pointer.split("/")[1] not in broken and depends.get(defect.code) not in broken:
            yield defect


def missing_statements(terms: Terms) -> tuple[Defect, ...]:
    """What a council must say of its panels before they may sit (S0, S1, S4 §2; DOMAIN.md, A17)."""
    asked = {
        "purpose": "Say what the panel is for.",
        "involvement": "Say how the person and their family are involved.",
        "consultation": "Say who was consulted about these terms.",
        "review_on": "Say when these terms will be reviewed.",
    }
    return tuple(
        Defect(f"/{name}", "TERMS_INCOMPLETE", sentence)
        for name, sentence in asked.items()
        if not (said := getattr(terms, name)) or (isinstance(said, str) and not says_something(said))
    )


def forum_defects(terms: Terms) -> Iterator[Defect]:
    """Forums that could not sit, and a place outside the scheme that names one which does not exist."""
    if terms.submitted_to is not None and terms.submitted_to not in terms.forums:
        yield Defect("/submitted_to", "FORUM_UNKNOWN", "Applications are submitted to a forum that is not listed.")
    for code, forum in terms.forums.items():
        for member, sentence in _forum(forum):
            yield Defect(f"/forums/{code}/{member}", "FORUM_INVALID", sentence)


def _forum(forum: Forum) -> Iterator[tuple[str, str]]:
    if len(set(forum.weekdays)) != len(forum.weekdays):
        yield "weekdays", "A weekday is named once."
    lengths = (*forum.slots.ordinary, *forum.slots.complex)
    if not forum.slots.ordinary or min(lengths, default=0) < 1:
        yield "slots", "There is at least one ordinary slot, and none is shorter than a minute."
    elif max(lengths) > forum.minutes:
        yield "minutes", "The sitting is shorter than its longest slot."
    if not forum.chair_roles:
        yield "chair_roles", "Somebody chairs it."
    if forum.quorum < 1:
        yield "quorum", "A sitting without anybody decides nothing: the quorum is one or more."


def member_defects(terms: Terms) -> Iterator[Defect]:
    """Names that nothing knows, and figures that no council means."""
    if not 52 <= terms.weeks_per_year <= 53:
        yield Defect("/weeks_per_year", "FACTOR_INVALID", "A year has 52 weeks, or 52.14.")
    if not terms.kinds:
        yield Defect("/kinds", "KINDS_MISSING", "At least one kind of application is taken.")
    for code in sorted(terms.guards.keys() - GUARDS.keys()):
        yield Defect(f"/guards/{code}", "UNKNOWN_GUARD", "No rule with a level has this name.")
    for code, guard in sorted(GUARDS.items()):
        level = terms.guards.get(code)
        if level is not None and level not in guard.can:
            sentence = f"This guard never stands at {level}: choose {' or '.join(guard.can)}."
            yield Defect(f"/guards/{code}", "LEVEL_DOES_NOTHING", sentence)
    for code in sorted(terms.chairs_by_order.keys() - set(ORDERS)):
        yield Defect(f"/chairs_by_order/{code}", "ORDER_UNKNOWN", f"An order is one of: {', '.join(ORDERS)}.")


def exception_defects(terms: Terms) -> Iterator[Defect]:
    """Exceptions to what no row says, and refusals that nobody may grant an exception to (S3; DOMAIN.md, A10)."""
    tables = [(SCHEME, terms.scheme), *([(EXCLUSIONS, terms.exclusions)] if terms.exclusions else [])]
    says: set[str] = set()
    for shape, table in tables:
        columns = {column.field: column.id for column in table.outputs}
        for number, rule in enumerate(table.rules):
            route, reason = (rule.get(columns.get(field, ""), "").strip(' "') for field in ("route", "reason"))
            says |= {route, reason}
            if route == "NOT_FUNDED" and not {"NOT_FUNDED", reason} & terms.exceptions.keys():
                pointer = f"/{shape.member}/rules/{number}"
                yield Defect(pointer, "EXCEPTION_MISSING", "Say under exceptions who may fund this all the same.")
    for code in sorted(terms.exceptions.keys() - says):
        yield Defect(f"/exceptions/{code}", "EXCEPTION_UNKNOWN", "No row gives this route or this reason.")
    for code, one in terms.exceptions.items():
        if one.leads_to == "PANEL":
            yield Defect(f"/exceptions/{code}/leads_to", "EXCEPTION_INVALID", "An exception cannot name a forum.")


def default_defects(terms: Terms) -> tuple[Defect, ...]:
    """A panel for everything needs a justification and a date on which it is looked at again (S0, S1; A12)."""
    given = terms.panel_as_default
    if given is not None and says_something(given.justification) and given.review_on is not None:
        return ()
    answer = panel_is_default(terms)
    if answer is None:
        return (Defect("/scheme", "TABLE_TOO_LARGE", "The scheme has too many boundaries to be checked."),)
    if not answer:
        return ()
    sentence = "Every case would go to a panel. Panels are for exceptions: justify it and say when it will be reviewed."
    return (Defect("/scheme", "PANEL_AS_DEFAULT", sentence),)


def _parts(terms: Terms) -> tuple[Defect, ...]:
    return tuple(
        chain(
            missing_statements(terms),
            forum_defects(terms),
            member_defects(terms),
            table_defects(terms),
            exception_defects(terms),
        )
    )


def defects(terms: Terms) -> tuple[Defect, ...]:
    """Everything that stands in the way of publishing these terms, all at once."""
    broken = _parts(terms)
    # Only a table that can be evaluated is asked where it leads.
    sound = not any(defect.pointer.startswith("/scheme") for defect in broken)
    return (*broken, *(default_defects(terms) if sound else ()))
