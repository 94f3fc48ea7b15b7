"""The columns of a table of past cases, made of the row's definition: their headings, meanings and cells."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from councils.calendar import LONDON
from edge.bodies import parsed
from edge.problems import Problem
from ledger.decider import Failing
from services.intake.applications.domain.form import TEXTS
from services.intake.imports.forms import NOT_KEPT, PastCaseForm

_PENCE, _POUNDS = "_pence", "_pounds"
_MOST_DIGITS = 18

_WHOLE = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_MONEY = re.compile(r"(-?)\s*£?\s*(-?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]{1,2}))?")
_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_MOMENT = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})[ ,]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_YES, _NO = ("true", "yes", "y", "1"), ("false", "no", "n", "0")


class Unlike(ValueError):
    """A cell is not what its column holds: code and sentence, never the cell."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code)
        self.code, self.sentence = code, sentence


@dataclass(frozen=True)
class Column:
    """One column: the way to its field, how a cell becomes the field's value, and what it means for people."""

    path: tuple[str, ...]
    kind: str
    shape: str
    meaning: str
    needed: bool = False

    @property
    def heading(self) -> str:
        """What stands in the first line; a column of pounds is named so."""
        name = ".".join(self.path)
        return name.removesuffix(_PENCE) + _POUNDS if self.kind == "pounds" else name

    @property
    def pointer(self) -> str:
        """The field as refusals name it."""
        return "/" + "/".join(self.path)

    def value(self, cell: str) -> Any:
        """What a cell says, as JSON has it. Raises Unlike.

        A cell that is no number stays a text, so that the row's definition refuses it in its own words.
        """
        return _READERS.get(self.kind, _text)(cell)


# --- What cells say -------------------------------------------------------------------------------------------


def _text(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")


def _whole(cell: str) -> int | str:
    digits = cell.strip()
    if not _WHOLE.fullmatch(digits):
        return cell
    return _bounded(digits)


def _bounded(digits: str) -> int:
    """A whole number, or one beyond every field's bounds where it has more digits than can be kept."""
    if len(digits.lstrip("+-")) > _MOST_DIGITS:
        return -(10**_MOST_DIGITS) if digits.startswith("-") else 10**_MOST_DIGITS
    return int(digits)


def _number(cell: str) -> float | str:
    return float(cell) if len(cell) <= 40 and _NUMBER.fullmatch(cell.strip()) else cell


def _yes_or_no(cell: str) -> bool | str:
    said = cell.strip().casefold()
    return True if said in _YES else False if said in _NO else cell


def _pounds(cell: str) -> int:
    found = _MONEY.fullmatch(cell.strip())
    if found is None:
        raise Unlike("NOT_POUNDS", "This must be an amount in pounds, as £1,015.00.")
    minus, other_minus, pounds, pence = found.groups()
    amount = _bounded(pounds.replace(",", "") + (pence or "").ljust(2, "0"))
    return -amount if minus or other_minus else amount


def _day(cell: str) -> str:
    found = _DAY.fullmatch(cell.strip())
    return cell.strip() if found is None else f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"


def _moment(cell: str) -> str:
    """A moment; one that is written as people write it is of London's clocks."""
    found = _MOMENT.fullmatch(cell.strip())
    if found is None:
        return cell.strip()
    day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=LONDON)
    except ValueError:
        return cell.strip()
    if moment.astimezone(UTC).astimezone(LONDON).replace(fold=0) != moment.replace(fold=0) or (
        moment.utcoffset() != moment.replace(fold=1).utcoffset()
    ):
        raise Unlike("NOT_A_MOMENT", "The clocks showed this twice or never: write it as 2026-10-07T16:00:00Z.")
    return moment.isoformat()


def _json(cell: str) -> Any:
    try:
        return parsed(cell.encode())
    except Problem as problem:
        sentence = "This must be a list, written as JSON."
        raise Unlike(problem.code, sentence if problem.code == "MALFORMED_JSON" else problem.sentence) from None


_READERS: Mapping[str, Callable[[str], Any]] = {
    "integer": _whole, "number": _number, "boolean": _yes_or_no, "date": _day, "date-time": _moment, "list": _json,
    "pounds": _pounds,
}  # fmt: skip


# --- Which columns there are ----------------------------------------------------------------------------------


@cache
def columns() -> Mapping[str, Column]:
    """Every column under its heading, in the order of the definition; ``sections.*`` stands for one of each name."""
    described = PastCaseForm.model_json_schema()
    return {one.heading: one for one in _of_object(described, described["$defs"], (), "", True)}


def _of_object(
    described: Mapping[str, Any], definitions: Mapping[str, Any], path: tuple[str, ...], about: str, needed: bool
) -> Iterator[Column]:
    for name, field in described["properties"].items():
        whole = {**_chosen(field, definitions), **{key: field[key] for key in ("description",) if key in field}}
        meaning = whole.get("description", "") or about
        wanted = needed and name in described.get("required", ())
        if "properties" in whole:
            yield from _of_object(whole, definitions, (*path, name), meaning, wanted)
        elif whole.get("type") == "object":
            # The names of its members are of a pattern, and each holds the same.
            (member,) = whole["patternProperties"].values()
            yield Column((*path, name, "*"), "text", _shape(member, definitions), meaning)
        else:
            yield from _of_field((*path, name), whole, definitions, meaning, wanted)


def _of_field(
    path: tuple[str, ...], whole: Mapping[str, Any], definitions: Mapping[str, Any], meaning: str, needed: bool
) -> Iterator[Column]:
    kind = "list" if whole.get("type") == "array" else whole.get("format") or whole.get("type", "text")
    yield Column(path, kind, _shape(whole, definitions), meaning, needed)
    if path[-1].endswith(_PENCE):
        shape = "an amount in pounds, as £1,015.00, instead of the column in pence"
        yield Column(path, "pounds", shape, meaning.replace(" in pence", " in pounds"))


def _chosen(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a field holds when it holds something."""
    choice = next((one for one in field.get("anyOf", ()) if one.get("type") != "null"), field)
    return definitions[choice["$ref"].rpartition("/")[2]] if "$ref" in choice else choice


def _shape(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    """What a cell looks like, for people."""
    if "enum" in field:
        return "one of " + ", ".join(map(str, field["enum"]))
    match field.get("format") or field.get("type"):
        case "array":
            return f"a list as JSON{_members(field, definitions)}"
        case "integer" | "number" as kind:
            bounds = " to ".join(str(field[name]) for name in ("minimum", "maximum") if name in field)
            return f"a {'whole ' if kind == 'integer' else ''}number, {bounds}"
        case "boolean":
            return "yes or no"
        case "date":
            return "a day, as 2026-10-07 or 07/10/2026"
        case "date-time":
            return "a moment, as 2026-10-07T16:00:00Z, or 07/10/2026 17:00 by London's clocks"
        case _:
            longest = field.get("maxLength")
            return f"a text of at most {longest:,} characters" if longest else "an id, of letters, digits and ._:-"


def _members(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    members = _chosen(field["items"], definitions)
    return " of objects with " + ", ".join(members["properties"]) if "properties" in members else " of codes"


# --- Headings -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Headings:
    """The columns of one file from left to right, None where nothing stands above; and what is wrong with them."""

    columns: Sequence[Column | None]
    wrong: Sequence[str]


def headings(cells: Sequence[str]) -> Headings:
    """The columns that a first line names, blanks and capitals aside."""
    found = [known(cell) for cell in cells]
    if not any(found):
        return Headings(found, ["No heading that is known stands in the first line; --template shows them all."])
    wrong: list[str] = []
    pointers: set[str] = set()
    for cell, column in zip(cells, found, strict=True):
        if column is None:
            if cell.strip():
                wrong.append(f"There is no column {_quoted(cell)}.")
        elif column.pointer in pointers:
            wrong.append(f"The column {_quoted(cell)} stands there twice.")
        else:
            pointers.add(column.pointer)
    missing = dict.fromkeys(one.pointer for one in columns().values() if one.needed)
    headed = {one.pointer: one.heading for one in columns().values() if one.kind != "pounds"}
    wrong += [f"The column {headed[pointer]} is missing." for pointer in missing if pointer not in pointers]
    return Headings(found, wrong)


def known(cell: str) -> Column | None:
    """The column that a heading names, if one."""
    name = ".".join(part.strip() for part in cell.strip().split("."))
    column = columns().get(name.casefold())
    if column is not None and "*" not in column.path:
        return column
    first, _, last = name.partition(".")
    whole = columns().get(f"{first.casefold()}.*")
    if whole is None or not last or "." in last or last == "*":
        return None
    names = {name.casefold(): name for name in TEXTS}
    # A council's own sections are called as it calls them, and its codes are in capitals.
    member = names.get(last.casefold(), last) if whole.path[0] == "sections" else last.upper()
    return Column((whole.path[0], member), whole.kind, whole.shape, whole.meaning)


def _quoted(cell: str) -> str:
    """A heading as it is repeated to whoever gave the file: one line, and never a whole text."""
    said = "".join(char if char.isprintable() else "?" for char in cell.strip())
    return f'"{said[:60]}"'


# --- Cells ----------------------------------------------------------------------------------------------------


def case_of(found: Sequence[Column | None], cells: Sequence[str]) -> tuple[dict[str, Any], list[Failing]]:
    """A row as JSON has it, with what is wrong with its cells: an empty cell says nothing."""
    said: dict[str, Any] = {}
    failing: list[Failing] = []
    if any(cell.strip() for cell in cells[len(found) :]):
        failing.append(Failing("", "CELLS_WITHOUT_HEADING", "This row has more cells than there are headings."))
    for column, cell in zip(found, cells, strict=False):
        if not cell.strip():
            continue
        if column is None:
            failing.append(Failing("", "CELLS_WITHOUT_HEADING", "A cell of this row stands under no heading."))
            continue
        try:
            value = column.value(cell)
        except Unlike as unlike:
            failing.append(Failing(column.pointer, unlike.code, unlike.sentence))
            continue
        *parents, name = column.path
        place = said
        for parent in parents:
            place = place.setdefault(parent, {})
        place[name] = value
    return said, list(dict.fromkeys(failing))


# --- The template ---------------------------------------------------------------------------------------------


def template() -> Sequence[Sequence[str]]:
    """A table to be filled in: headings, and below each what it means, in a remark that is passed over."""
    shown = [one for column in columns().values() if column.heading not in NOT_KEPT for one in _shown(column)]
    said = [f"{one.meaning} {'Needed' if one.needed else 'Optional'}: {one.shape}." for one in shown]
    return [[one.heading for one in shown], [f"# {said[0]}", *said[1:]]]


def _shown(column: Column) -> Iterator[Column]:
    first, *rest = column.path
    if rest != ["*"]:
        yield column
    elif first == "sections":
        for name, section in TEXTS.items():
            yield replace(column, path=(first, name), meaning=section.sentence)
    else:
        yield replace(column, path=(first, "EDUCATION"))
