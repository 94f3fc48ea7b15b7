"""How files of past cases are read: JSON Lines or tables, row by row, and each with all that is wrong with it."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import IO, Any

import msgspec
from pydantic import ValidationError

from deploy.local.processes import RuntimeProblem
from edge.bodies import cleaned, is_clean, parsed
from edge.problems import Problem, of_validation
from ledger.decider import Failing
from panelbook.importing.columns import case_of, headings, known, template
from services.intake.imports.forms import REFERENCE, PastCaseForm

TABLES = frozenset({".csv", ".tsv", ".txt"})
"""Names of files that hold a table; every other file holds JSON Lines."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_SEPARATORS = ",;\t|"
_LONGEST_CELL = 16 * 1024 * 1024
_NOT_UTF_8 = Failing(
    "",
    "NOT_UTF_8",
    "This row is not written in UTF-8. If the file comes from Excel, say --encoding windows-1252.",
)


@dataclass(frozen=True)
class Line:
    """A row by its line in the file, as an editor counts them, or all that is wrong with it.

    What it says is never repeated; ``case`` is the id that it gives itself, where that can be read, and ``digest``
    tells it from every other content.
    """

    number: int
    row: PastCaseForm | None
    failing: Sequence[Failing] = ()
    case: str | None = None
    digest: bytes = b""


def read_lines(
    path: Path, encoding: str | None = None, *, at: Callable[[int], object] = lambda position: None
) -> Iterator[Line]:
    """The rows of a file; ``at`` is given how many bytes have been read.

    Tables may be separated by commas, semicolons or tabs; rows without a cell that says something are passed over, and
    so are the template's remarks. Raises RuntimeProblem for a file that cannot be read, and for headings that are
    unknown, missing or there twice, before the first row.
    """
    if encoding is not None and not _is_known(encoding):
        raise RuntimeProblem("There is no such encoding; windows-1252 is one.")
    try:
        with path.open("rb") as file:
            beginning = file.peek(2)[:2]
            chosen = encoding or ("utf-16" if beginning in _UTF_16 else "utf-8-sig")
            text = io.TextIOWrapper(file, encoding=chosen, errors="surrogateescape", newline="")
            read = _of_table if path.suffix.lower() in TABLES else _of_json_lines
            for line in read(text):
                yield line
                at(file.tell())
    except (OSError, UnicodeError) as problem:
        raise RuntimeProblem(f"{path} cannot be read: {type(problem).__name__}.") from None


def _is_known(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding)._is_text_encoding
    except LookupError:
        return False


def _of_json_lines(text: IO[str]) -> Iterator[Line]:
    for number, said in enumerate(text, 1):
        if not said.strip():
            continue
        if not _decoded(said):
            yield Line(number, None, [_NOT_UTF_8])
            continue
        try:
            value = parsed(said.encode())
        except Problem as problem:
            yield _unread(number, problem)
            continue
        yield _judged(number, value, [], clean=is_clean(said))


def _of_table(text: IO[str]) -> Iterator[Line]:
    csv.field_size_limit(_LONGEST_CELL)
    first, before = text.readline(), 0
    if first.lower().startswith("sep=") and len(first.rstrip("\r\n")) == 5:
        # What Excel is given, and gives others, as the separator.
        separator, first, before = first[4], text.readline(), 1
    else:
        separator = max(_SEPARATORS, key=lambda one: sum(1 for cell in first.split(one) if known(cell.strip(' "'))))
    # Strict: a quotation mark that is not doubled within a cell would be left out of somebody's words without a word.
    table = csv.reader(chain([first], text), delimiter=separator, strict=True)
    try:
        found = headings(next(table, []))
    except csv.Error as problem:
        raise RuntimeProblem(f"The headings cannot be read. {_broken(problem).sentence}") from None
    if found.wrong:
        raise RuntimeProblem(" ".join(["Nothing was read.", *found.wrong]))
    remark = template()[1][0]
    while True:
        number = before + table.line_num + 1
        try:
            cells = next(table)
        except StopIteration:
            return
        except csv.Error as problem:
            yield Line(number, None, [_broken(problem, before + table.line_num)])
            continue
        if not any(cell.strip() for cell in cells) or remark in cells:
            continue
        if not all(map(_decoded, cells)):
            yield Line(number, None, [_NOT_UTF_8])
            continue
        yield _judged(number, *case_of(found.columns, cells))


def _broken(problem: csv.Error, until: int = 1) -> Failing:
    """Why a row is none; where it ran on over others, up to which line nothing was read."""
    match str(problem):
        case "unexpected end of data":
            sentence = "A quotation mark is opened here and never closed: no row below this one was read."
            return Failing("", "QUOTE_NOT_CLOSED", sentence)
        case said if "field limit" in said:
            return Failing("", "TOO_LONG", "A cell of this row is too long to be read.")
        case _:
            sentence = (
                "A quotation mark within a cell must be doubled, and one that is opened must be closed:"
                f" nothing was read from here to line {until}."
            )
            return Failing("", "QUOTE_NOT_DOUBLED", sentence)


def _decoded(text: str) -> bool:
    """Whether a text holds no byte that its encoding does not have."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _judged(number: int, said: Any, failing: list[Failing], *, clean: bool = False) -> Line:
    """A row held to its definition: everything that is wrong with it at once, each field named once."""
    case: str | None = None
    row: PastCaseForm | None = None
    body = b""
    try:
        if not clean:
            said, unfit = cleaned(said)
            failing += unfit
        named = said.get("case") if isinstance(said, dict) else None
        case = named if isinstance(named, str) and re.fullmatch(REFERENCE, named) else None
        body = msgspec.json.encode(said)
        row = PastCaseForm.model_validate_json(body, strict=True)
    except Problem as problem:
        return _unread(number, problem)
    except ValidationError as problem:
        found = of_validation(problem.errors(include_url=False, include_input=False)).failing
        pointers = {one.pointer for one in failing}
        failing += [one for one in found if one.pointer not in pointers]
    digest = blake2b(body, digest_size=16).digest()
    return Line(number, None if failing else row, failing, case, digest)


def _unread(number: int, problem: Problem) -> Line:
    if problem.code == "MALFORMED_JSON":
        return Line(number, None, [Failing("", "UNREADABLE", "This is no JSON.")])
    return Line(number, None, [Failing("", problem.code, problem.sentence)])
