"""What stands in the way of publishing a council's terms: unreadable words, missing statements, a misleading table."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

from pydantic import ValidationError

from councils.scheme import FLAG, INPUTS, MONEY, OUTPUTS, hits
from councils.settings import ROUTES, DecisionTable, Terms

COMBINATIONS = 20_000
"""How many combinations of inputs are tried before a table counts as too large to be checked."""

_MONEY_CELL = re.compile(r"(?:(?:<=|>=|<|>) ?)?\d{1,12}|\[\d{1,12}\.\.\d{1,12}\]")
_TEXT_CELL = re.compile(r'"[A-Z][A-Z0-9_]*"(?:, ?"[A-Z][A-Z0-9_]*")*')
_FLAG_CELL = re.compile(r"true|false")
_OUTPUT_CELL = re.compile(r'"([A-Z][A-Z0-9_]*)"')
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r'"([A-Z][A-Z0-9_]*)"')
_ROW_ID = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True)
class Defect:
    """One thing wrong with a document: a JSON pointer, a code, and a sentence for whoever wrote it."""

    pointer: str
    code: str
    sentence: str


@dataclass(eq=False)
class Unreadable(Exception):
    """A document that is not a council's terms at all, with every place that is wrong."""

    defects: tuple[Defect, ...]


def read(document: Mapping[str, Any]) -> Terms:
    """The terms in a document. Raises :class:`Unreadable`, which never repeats what the document said."""
    try:
        return Terms.model_validate(document)
    except ValidationError as error:
        places = ((f"/{'/'.join(str(part) for part in one['loc'])}", one["msg"]) for one in error.errors())
        defects = tuple(Defect(pointer, "SETTINGS_UNREADABLE", f"{message}.") for pointer, message in places)
        raise Unreadable(defects) from None


def missing_statements(terms: Terms) -> tuple[Defect, ...]:
    """What a council must say of its panels before they may sit (S0, S1, S4 §2; DOMAIN.md, A17)."""
    asked = {
        "purpose": "Say what the panel is for.",
        "involvement": "Say how the person and their family are involved.",
        "consultation": "Say who was consulted about these terms.",
        "review_on": "Say when these terms will be reviewed.",
    }
    return tuple(
        Defect(f"/{name}", "TERMS_INCOMPLETE", sentence) for name, sentence in asked.items() if not getattr(terms, name)
    )


def table_defects(terms: Terms) -> tuple[Defect, ...]:
    """Where the scheme leaves the subset of JDM that we accept, names what does not exist, or can end without a row."""
    return tuple(_columns(terms.scheme)) or tuple(_rows(terms))


def forum_defects(terms: Terms) -> tuple[Defect, ...]:
    """Places outside the scheme that name a forum which does not exist."""
    if terms.submitted_to is None or terms.submitted_to in terms.forums:
        return ()
    return (Defect("/submitted_to", "FORUM_UNKNOWN", "Applications are submitted to a forum that is not listed."),)


def _columns(table: DecisionTable) -> Iterator[Defect]:
    ids = [column.id for column in (*table.inputs, *table.outputs)]
    if len(set(ids)) != len(ids):
        yield Defect("/scheme", "TABLE_INVALID", "Two columns of the scheme share an id.")
    for number, column in enumerate(table.inputs):
        if column.field not in INPUTS:
            known = ", ".join(INPUTS)
            yield Defect(f"/scheme/inputs/{number}", "TABLE_INVALID", f"A scheme may only look at: {known}.")
    if sorted(column.field for column in table.outputs) != sorted(OUTPUTS):
        yield Defect("/scheme/outputs", "TABLE_INVALID", "A scheme's rows say route, forum and reason, nothing else.")
    if not table.rules:
        yield Defect("/scheme/rules", "TABLE_INVALID", "The scheme has no rows.")


def _rows(terms: Terms) -> Iterator[Defect]:
    table = terms.scheme
    known = {"_id", "_description", *(column.id for column in (*table.inputs, *table.outputs))}
    seen: set[str] = set()
    for number, rule in enumerate(table.rules):
        at = f"/scheme/rules/{number}"
        name = rule.get("_id", "")
        if not _ROW_ID.fullmatch(name) or name in seen:
            yield Defect(f"{at}/_id", "TABLE_INVALID", "Every row needs an id of its own, in small letters.")
        seen.add(name)
        if not rule.get("_description", "").strip():
            yield Defect(f"{at}/_description", "TABLE_INVALID", "Every row says which sentence it comes from.")
        for key in sorted(rule.keys() - known):
            yield Defect(f"{at}/{key}", "TABLE_INVALID", "This cell belongs to no column.")
        for column in table.inputs:
            if not _reads(rule.get(column.id, ""), INPUTS[column.field]):
                yield Defect(f"{at}/{column.id}", "TABLE_INVALID", f"This is no condition on {column.field}.")
        yield from _said(terms, rule, at)
    if any(table.rules[-1].get(column.id, "").strip() for column in table.inputs):
        yield Defect(
            "/scheme/rules", "TABLE_OPEN", "The last row must have no condition, or a case could have no route."
        )


def _reads(cell: str, sort: str) -> bool:
    cell = cell.strip()
    if not cell:
        return True
    pattern = {MONEY: _MONEY_CELL, FLAG: _FLAG_CELL}.get(sort, _TEXT_CELL)
    return pattern.fullmatch(cell) is not None


def _said(terms: Terms, rule: Mapping[str, str], at: str) -> Iterator[Defect]:
    columns = {column.field: column.id for column in terms.scheme.outputs}
    said = {field: _OUTPUT_CELL.fullmatch(rule.get(name, "").strip()) for field, name in columns.items()}
    route = said["route"].group(1) if said["route"] else ""
    forum = said["forum"].group(1) if said["forum"] else ""
    if route not in ROUTES:
        yield Defect(f"{at}/{columns['route']}", "TABLE_INVALID", f"A route is one of: {', '.join(ROUTES)}.")
    if not said["reason"]:
        yield Defect(f"{at}/{columns['reason']}", "TABLE_INVALID", "Every row gives its reason, a word in capitals.")
    cell = rule.get(columns["forum"], "").strip()
    if (cell and forum not in terms.forums) or (route == "PANEL" and not cell):
        yield Defect(f"{at}/{columns['forum']}", "FORUM_UNKNOWN", "A row that leads to a panel names a listed forum.")


def _tries(terms: Terms, field: str) -> tuple[Any, ...]:
    """Values of one input that between them reach every cell of its column on both sides of every boundary."""
    if INPUTS[field] == FLAG:
        return (False, True)
    columns = [column.id for column in terms.scheme.inputs if column.field == field]
    cells = [rule.get(column, "") for column in columns for rule in terms.scheme.rules]
    if INPUTS[field] == MONEY:
        edges = {int(number) for cell in cells for number in _NUMBER.findall(cell)}
        return tuple(sorted({0} | {edge + step for edge in edges for step in (-1, 0, 1) if edge + step >= 0}))
    words = {word for cell in cells for word in _WORD.findall(cell)}
    return (*sorted(words | set(terms.kinds)), "")


def panel_is_default(terms: Terms) -> bool | None:
    """Whether every row that a case can reach leads to a panel; None where the table is too large to say."""
    fields = sorted({column.field for column in terms.scheme.inputs})
    blank = {name: {MONEY: 0, FLAG: False}.get(sort, "") for name, sort in INPUTS.items()}
    tried = 0
    for values in islice(product(*(_tries(terms, field) for field in fields)), COMBINATIONS + 1):
        tried += 1
        if hits(terms.scheme, {**blank, **dict(zip(fields, values, strict=True))})[0].route != "PANEL":
            return False
    return None if tried > COMBINATIONS else True


def default_defects(terms: Terms) -> tuple[Defect, ...]:
    """A panel for everything needs a justification and a date on which it is looked at again (S0, S1; A12)."""
    if terms.panel_as_default is not None and terms.panel_as_default.justification:
        return ()
    answer = panel_is_default(terms)
    if answer is None:
        return (Defect("/scheme", "TABLE_TOO_LARGE", "The scheme has too many boundaries to be checked."),)
    if not answer:
        return ()
    sentence = "Every case would go to a panel. Panels are for exceptions: justify it and say when it will be reviewed."
    return (Defect("/scheme", "PANEL_AS_DEFAULT", sentence),)


def defects(terms: Terms) -> tuple[Defect, ...]:
    """Everything that stands in the way of publishing these terms, all at once."""
    broken = (*missing_statements(terms), *forum_defects(terms), *table_defects(terms))
    # Only a table that can be evaluated is asked where it leads.
    sound = not any(defect.pointer.startswith("/scheme") for defect in broken)
    return (*broken, *(default_defects(terms) if sound else ()))
