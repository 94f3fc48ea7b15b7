"""Where a scheme or a table of exclusions leaves the subset of JDM that is accepted, cell by cell with its row."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from councils.cells import OutsideSubset, condition, is_blank, said
from councils.defects import Defect
from councils.facts import INPUTS, RESOURCE_INPUTS
from councils.scheme import EXCLUSION_OUTPUTS, EXCLUSION_ROUTES, OUTPUTS
from councils.settings import ROUTES, DecisionTable, Terms
from councils.texts import says_something

_ROW_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class Shape:
    """What one of the two tables may look at and must say; `member` is its name in the settings."""

    member: str
    inputs: Mapping[str, str]
    outputs: tuple[str, ...]
    routes: tuple[str, ...]


SCHEME = Shape("scheme", INPUTS, OUTPUTS, ROUTES)
EXCLUSIONS = Shape("exclusions", RESOURCE_INPUTS, EXCLUSION_OUTPUTS, EXCLUSION_ROUTES)


def table_defects(terms: Terms) -> Iterator[Defect]:
    """Every cell outside the subset, every name that does not exist, and tables that can end without a row."""
    yield from _table(terms, terms.scheme, SCHEME)
    if terms.exclusions is not None:
        yield from _table(terms, terms.exclusions, EXCLUSIONS)


def _table(terms: Terms, table: DecisionTable, shape: Shape) -> Iterator[Defect]:
    at = f"/{shape.member}"
    ids = [column.id for column in (*table.inputs, *table.outputs)]
    if len(set(ids)) != len(ids):
        yield _invalid(at, "Two columns of the table share an id.")
    for number, column in enumerate(table.inputs):
        if column.field not in shape.inputs:
            yield _invalid(f"{at}/inputs/{number}", f"A column may only look at: {', '.join(shape.inputs)}.")
    if sorted(column.field for column in table.outputs) != sorted(shape.outputs):
        yield _invalid(f"{at}/outputs", f"A row says exactly: {', '.join(shape.outputs)}.")
    if not table.rules:
        yield _invalid(f"{at}/rules", "The table has no rows.")
        return
    yield from _rows(terms, table, shape)
    yield from _last(terms, table, shape)


def _rows(terms: Terms, table: DecisionTable, shape: Shape) -> Iterator[Defect]:
    known = {"_id", "_description", *(column.id for column in (*table.inputs, *table.outputs))}
    before: set[str] = set()
    for number, rule in enumerate(table.rules):
        at = f"/{shape.member}/rules/{number}"
        name = rule.get("_id", "")
        if not _ROW_ID.fullmatch(name) or name in before:
            yield _invalid(f"{at}/_id", f"Row {number + 1} needs an id of its own, in letters, digits and hyphens.")
        before.add(name)
        row = f"Row {name if _ROW_ID.fullmatch(name) else number + 1}"
        if not says_something(rule.get("_description", "")):
            yield _invalid(f"{at}/_description", f"{row} does not say which sentence it comes from.")
        for key in sorted(rule.keys() - known):
            yield _invalid(f"{at}/{key}", f"{row} has a cell that belongs to no column.")
        for column in table.inputs:
            sort = shape.inputs.get(column.field)
            if sort is not None and not _reads(rule.get(column.id, ""), sort):
                yield _invalid(f"{at}/{column.id}", f"{row}: this is no condition on {column.field}.")
        yield from _says(terms, table, shape, number, row)


def _reads(cell: str, sort: str) -> bool:
    try:
        condition(cell, sort)
    except OutsideSubset:
        return False
    return True


def _says(terms: Terms, table: DecisionTable, shape: Shape, number: int, row: str) -> Iterator[Defect]:
    columns = {column.field: column.id for column in table.outputs if column.field in shape.outputs}
    rule, at = table.rules[number], f"/{shape.member}/rules/{number}"
    route = _word(rule, columns.get("route"))
    if "route" in columns and route not in shape.routes:
        yield _invalid(f"{at}/{columns['route']}", f"{row}: a route is one of: {', '.join(shape.routes)}.")
    if "reason" in columns and not _word(rule, columns["reason"]):
        yield _invalid(f"{at}/{columns['reason']}", f"{row} gives no reason, a word in capitals and quotes.")
    if "forum" in columns and route in shape.routes:
        blank = is_blank(rule.get(columns["forum"], ""))
        listed = _word(rule, columns["forum"]) in terms.forums
        if (route == "PANEL" and not listed) or (route != "PANEL" and not blank):
            sentence = f"{row}: a row that leads to a panel names a listed forum, and no other row names one."
            yield Defect(f"{at}/{columns['forum']}", "FORUM_UNKNOWN", sentence)


def _word(rule: Mapping[str, str], column: str | None) -> str | None:
    try:
        return said(rule.get(column or "", ""))
    except OutsideSubset:
        return None


def _last(terms: Terms, table: DecisionTable, shape: Shape) -> Iterator[Defect]:
    """The last row takes whatever is left, exceptions included: nothing may be left without a route."""
    last, at = table.rules[-1], f"/{shape.member}/rules"
    columns = {column.field: column.id for column in table.outputs}
    if any(not is_blank(last.get(column.id, "")) for column in table.inputs):
        yield Defect(at, "TABLE_OPEN", "The last row must have no condition, or a case could have no route.")
    for field in ("reason", "route"):
        one = terms.exceptions.get(_word(last, columns.get(field)) or "")
        if one is not None and one.leads_to is None:
            yield Defect(at, "TABLE_OPEN", "The last row has an exception that leads nowhere: name where it leads.")
            return


def _invalid(pointer: str, sentence: str) -> Defect:
    return Defect(pointer, "TABLE_INVALID", sentence)
