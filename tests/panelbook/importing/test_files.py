"""I7: files as councils export them: each row is taken or refused by its line, nothing is dropped without a word."""

import json
from pathlib import Path
from typing import Any

import pytest

from deploy.local.processes import RuntimeProblem
from panelbook.importing.columns import template
from panelbook.importing.files import read_lines
from tests.panelbook.importing.rows import CASE, CELLS, found, read, table


def altered(**cells: str) -> dict[str, str]:
    return {**CELLS, **{name.replace("__", "."): cell for name, cell in cells.items()}}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_may_be_separated_as_the_spreadsheet_likes(separator: str, tmp_path: Path) -> None:
    """Semicolons where the comma is a decimal point, tabs from Unicode text."""
    (line,) = read(tmp_path, table(CELLS, separator=separator))
    assert line.row is not None
    assert line.row.sections == {"needs": "Help at table."}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_says_how_it_is_written_is_read_as_that(encoding: str, tmp_path: Path) -> None:
    (line,) = read(tmp_path, table(altered(person__name="Zoë O\u2019Dell")).encode(encoding))
    assert line.row is not None
    assert line.row.person.name == "Zoë O\u2019Dell"


def test_a_line_that_is_not_utf_8_is_refused_with_the_way_to_take_it(tmp_path: Path) -> None:
    """A Windows-1252 file, Excel's ordinary CSV: the rows without such letters go in, the other says what to do."""
    content = table(CELLS, altered(case="18", person__name="Zoë O\u2019Dell")).encode("windows-1252")
    lines = read(tmp_path, content)
    assert found(lines) == [(2, []), (3, [("", "NOT_UTF_8")])]
    assert "--encoding windows-1252" in lines[1].failing[0].sentence
    lines = read(tmp_path, content, encoding="windows-1252")
    assert found(lines) == [(2, []), (3, [])]
    assert lines[1].row is not None
    assert lines[1].row.person.name == "Zoë O\u2019Dell"


@pytest.mark.parametrize("encoding", ["klingon", "base64"])
def test_an_encoding_that_is_none_is_said_in_a_sentence(encoding: str, tmp_path: Path) -> None:
    with pytest.raises(RuntimeProblem, match="no such encoding"):
        read(tmp_path, table(CELLS), encoding=encoding)


def test_the_line_that_tells_a_spreadsheet_its_separator_is_no_heading(tmp_path: Path) -> None:
    lines = read(tmp_path, "sep=;\r\n" + table(altered(weekly_pence="x"), separator=";"))
    assert found(lines) == [(3, [("/weekly_pence", "NOT_A_WHOLE_NUMBER")])]


def test_empty_rows_at_the_end_are_passed_over(tmp_path: Path) -> None:
    """Two rows of separators, as spreadsheets leave them."""
    empty = "," * (len(CELLS) - 1) + "\r\n"
    assert found(read(tmp_path, table(CELLS) + empty + "\r\n" + empty)) == [(2, [])]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    """A cell of three lines stands above the row that is wrong."""
    tall = altered(sections__needs="First.\r\nSecond.\r\nThird.")
    assert found(read(tmp_path, table(CELLS, tall, altered(case="x", weekly_pence="4OOO")))) == [
        (2, []),
        (3, []),
        (6, [("/weekly_pence", "NOT_A_WHOLE_NUMBER")]),
    ]


# --- Headings -------------------------------------------------------------------------------------------------


def headed(**renamed: str) -> list[str]:
    return [renamed.get(name.replace(".", "__"), name) for name in CELLS]


def test_blanks_and_capitals_of_a_heading_lose_no_money(tmp_path: Path) -> None:
    """A heading with a blank behind it, and one that a spreadsheet put in capitals."""
    text = table(altered(one_off_pence="250000")).replace("one_off_pence", " One_Off_Pence ", 1)
    (line,) = read(tmp_path, text.replace("sections.needs", "Sections. Needs", 1))
    assert line.row is not None
    assert (line.row.one_off_pence, line.row.sections) == (250_000, {"needs": "Help at table."})


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("sections.needs", "sections.needs,sections.needs", '"sections.needs" stands there twice'),
        ("sections.needs", "sections.needs,Sections.Needs ", '"Sections.Needs" stands there twice'),
        ("weekly_pence", "weekly_pence,weekly_pounds", '"weekly_pence" stands there twice'),
        ("case", "case,person", 'no column "person"'),
        ("case", "case,shoe size", 'no column "shoe size"'),
        ("person.name", "name", "column person.name is missing"),
        ("weekly_pence,originator", "originator", "column weekly_pence is missing"),
    ],
)
def test_a_heading_that_is_wrong_is_named_before_the_first_row(
    before: str, after: str, says: str, tmp_path: Path
) -> None:
    """Given twice, unknown, a parent beside its child, or not there: nothing of the file is read."""
    with pytest.raises(RuntimeProblem, match=says):
        read(tmp_path, table(CELLS).replace(before, after, 1))


def test_a_file_without_headings_is_refused_without_repeating_anybody(tmp_path: Path) -> None:
    with pytest.raises(RuntimeProblem) as refused:
        read(tmp_path, table(CELLS).split("\r\n", 1)[1])
    assert "No heading" in str(refused.value)
    assert "Ashdown" not in str(refused.value)


def test_a_cell_under_no_heading_is_not_dropped(tmp_path: Path) -> None:
    content = table(CELLS).rstrip("\r\n") + ",more\r\n"
    assert found(read(tmp_path, content)) == [(2, [("", "CELLS_WITHOUT_HEADING")])]
    assert found(read(tmp_path, table({**CELLS, " ": "more"}))) == [(2, [("", "CELLS_WITHOUT_HEADING")])]
    assert found(read(tmp_path, table({**CELLS, " ": ""}))) == [(2, [])]


# --- Cells ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "pence"),
    [
        ("£1,015.00", 101_500),
        ("1015", 101_500),
        (" 1,015.5 ", 101_550),
        ("£0.07", 7),
        ("1,234,567.89", 123_456_789),
        ("-480", "OUT_OF_RANGE"),
        ("£-480.00", "OUT_OF_RANGE"),
        ("9" * 30, "OUT_OF_RANGE"),
        ("1.015", "NOT_POUNDS"),
        ("1.015,00", "NOT_POUNDS"),
        ("10,15", "NOT_POUNDS"),
        ("5E+04", "NOT_POUNDS"),
        ("$5", "NOT_POUNDS"),
        ("NaN", "NOT_POUNDS"),
    ],
)
def test_pounds_are_read_where_the_column_says_pounds(cell: str, pence: int | str, tmp_path: Path) -> None:
    text = table(altered(weekly_pence=cell)).replace(",weekly_pence,", ",weekly_pounds,", 1)
    (line,) = read(tmp_path, text)
    if isinstance(pence, int):
        assert line.row is not None
        assert line.row.weekly_pence == pence
    else:
        assert found([line]) == [(2, [("/weekly_pence", pence)])]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("480.00", "NOT_A_WHOLE_NUMBER"),
        ("5E+04", "NOT_A_WHOLE_NUMBER"),
        ("£480", "NOT_A_WHOLE_NUMBER"),
        ("4,800", "NOT_A_WHOLE_NUMBER"),
        ("4_800", "NOT_A_WHOLE_NUMBER"),
        ("NaN", "NOT_A_WHOLE_NUMBER"),
        ("\u0664\u0668", "NOT_A_WHOLE_NUMBER"),
        ("-48000", "OUT_OF_RANGE"),
        ("10000000001", "OUT_OF_RANGE"),
        ("9223372036854775808", "OUT_OF_RANGE"),
        ("9" * 20, "OUT_OF_RANGE"),
        ("9" * 5000, "OUT_OF_RANGE"),
    ],
)
def test_a_column_of_pence_holds_whole_pence(cell: str, code: str, tmp_path: Path) -> None:
    """480.00 is neither 480 pence nor £480; less than nothing and twenty digits are no amounts."""
    lines = read(tmp_path, table(altered(weekly_pence=cell), altered(case="18")))
    assert found(lines) == [(2, [("/weekly_pence", code)]), (3, [])]


@pytest.mark.parametrize("cell", ["NaN", "inf", "-Infinity", "1e3", "12,5", "-1", "1001"])
def test_miles_are_a_number_of_miles(cell: str, tmp_path: Path) -> None:
    (line,) = read(tmp_path, table(altered(miles=cell)))
    assert [one.pointer for one in line.failing] == ["/miles"]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("1951-03-04", "1951-03-04"),
        ("04/03/1951", "1951-03-04"),
        ("4/3/1951", "1951-03-04"),
        ("31/02/1951", "NOT_A_DATE"),
        ("03/14/1951", "NOT_A_DATE"),
        ("04/03/51", "NOT_A_DATE"),
        ("04/03/0001", "OUT_OF_RANGE"),
        ("0001-01-01", "OUT_OF_RANGE"),
        ("31/12/9999", "OUT_OF_RANGE"),
        ("18690", "NOT_A_DATE"),
    ],
)
def test_days_are_written_as_people_here_write_them(cell: str, day: str, tmp_path: Path) -> None:
    (line,) = read(tmp_path, table(altered(person__born_on=cell)))
    if line.row is None:
        assert found([line]) == [(2, [("/person/born_on", day)])]
    else:
        assert line.row.person.born_on.isoformat() == day


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00+00:00"),
        ("02/03/2026 09:00", "2026-03-02T09:00:00+00:00"),
        ("02/07/2026 09:00:30", "2026-07-02T08:00:30+00:00"),
        ("25/10/2026 01:30", "NOT_A_MOMENT"),
        ("29/03/2026 01:30", "NOT_A_MOMENT"),
        ("2026-03-02T09:00:00", "NOT_A_MOMENT"),
        ("32/03/2026 09:00", "NOT_A_MOMENT"),
        ("9999-12-31T00:00:00Z", "OUT_OF_RANGE"),
    ],
)
def test_a_moment_has_its_offset_or_is_of_londons_clocks(cell: str, moment: str, tmp_path: Path) -> None:
    """An hour that clocks showed twice, or never, is no moment until its offset is said."""
    (line,) = read(tmp_path, table(altered(received_at=cell)))
    if line.row is None:
        assert found([line]) == [(2, [("/received_at", moment)])]
    else:
        assert line.row.received_at.isoformat() == moment


@pytest.mark.parametrize(
    "text", ["[Wren] needs help. [Name taken out]", "{Changed in May} Two visits.", '"Help," he said']
)
def test_a_text_is_a_text_however_it_begins(text: str, tmp_path: Path) -> None:
    (line,) = read(tmp_path, table(altered(sections__needs=text)))
    assert line.row is not None
    assert line.row.sections["needs"] == text


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("a sister", "MALFORMED_JSON"),
        ("[NaN]", "MALFORMED_JSON"),
        ("[" * 40 + "]" * 40, "NOT_AN_OBJECT"),
        ("[" * 100_000, "TOO_DEEP"),
        ('[{"party": "a", "party": "b"}]', "SAME_FIELD_TWICE"),
        ("{}", "NOT_A_LIST"),
    ],
)
def test_a_column_that_is_a_list_holds_a_list(cell: str, code: str, tmp_path: Path) -> None:
    """Nesting too deep for any reader is that row's refusal."""
    lines = read(tmp_path, table(altered(family=cell), altered(case="18")))
    assert lines[1].row is not None
    ((number, failing),) = found(lines[:1])
    assert number == 2
    assert {wrong for _, wrong in failing} <= {code, "TOO_DEEP"}
    assert failing


def test_a_cell_longer_than_any_text_may_be_is_that_rows_refusal(tmp_path: Path) -> None:
    """150,000 letters, beyond what Python's reader takes unasked."""
    lines = read(tmp_path, table(CELLS, altered(case="b", sections__needs="word " * 30_000), altered(case="c")))
    assert found(lines) == [(2, []), (3, [("/sections/needs", "TOO_LONG")]), (4, [])]


def test_a_quotation_mark_that_is_not_closed_says_that_no_row_below_was_read(tmp_path: Path) -> None:
    plain = {name: cell for name, cell in altered(case="c").items() if not cell.startswith("[")}
    content = table(CELLS, plain, plain, headings=list(CELLS)).replace("\r\nc,", '\r\n"c,', 1)
    lines = read(tmp_path, content)
    assert found(lines) == [(2, []), (3, [("", "QUOTE_NOT_CLOSED")])]
    assert "no row below" in lines[1].failing[0].sentence


def test_a_quotation_mark_that_runs_on_into_another_row_says_how_far(tmp_path: Path) -> None:
    """Opened in one row and met again in a later one: those between have no refusal of their own."""
    plain = {name: cell for name, cell in CELLS.items() if not cell.startswith("[")}
    rows = [CELLS, {**plain, "case": "c"}, plain, altered(case="e"), altered(case="f")]
    lines = read(tmp_path, table(*rows, headings=list(CELLS)).replace("\r\nc,", '\r\n"c,', 1))
    assert found(lines) == [(2, []), (3, [("", "QUOTE_NOT_DOUBLED")]), (6, [])]
    assert "to line 5" in lines[1].failing[0].sentence


def test_a_quotation_mark_that_is_not_doubled_leaves_nothing_out_of_a_text(tmp_path: Path) -> None:
    row = table(CELLS).replace("Help at table.", '"She said "no" twice."')
    assert found(read(tmp_path, row)) == [(2, [("", "QUOTE_NOT_DOUBLED")])]


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("sections.needs", "Help \x00 at table", "TEXT_NOT_ALLOWED"),
        ("sections.needs", "Help \u202e at table", "TEXT_NOT_ALLOWED"),
        ("person.name", "Wren\x00", "TEXT_NOT_ALLOWED"),
        ("person.name", "W" * 5000, "TOO_LONG"),
        ("person.name", "\u200b\u200b", "SAYS_NOTHING"),
        ("person.id", "p 17", "WRONG_SHAPE"),
        ("team", " team-1", "WRONG_SHAPE"),
        ("case", "Wren Ashdown", "WRONG_SHAPE"),
        ("person.contact_email", "wren@home.example\r\nBcc: all@home.example", "WRONG_SHAPE"),
        ("person.contact_email", "wren", "WRONG_SHAPE"),
        ("decided.outcome", "agreed", "NOT_A_CHOICE"),
        ("decided.times_deferred", "-1", "OUT_OF_RANGE"),
        ("complex", "perhaps", "NOT_YES_OR_NO"),
    ],
)
def test_what_a_form_refuses_a_row_refuses(column: str, cell: str, code: str, tmp_path: Path) -> None:
    """Each in the product's own words, by the field, and never with the value."""
    lines = read(tmp_path, table({**CELLS, column: cell}, altered(case="18")))
    assert [failing for _, failing in found(lines)] == [[("/" + column.replace(".", "/"), code)], []]
    assert cell not in str(lines[0].failing)
    assert lines[0].case == (None if column == "case" else "2025/0017")


def test_all_that_is_wrong_with_a_row_is_said_at_once(tmp_path: Path) -> None:
    """A text that may not be kept, an amount and a birthday: three reasons, each once."""
    row = altered(sections__needs="\x00", weekly_pence="x", person__born_on="soon", one_off_pounds="much")
    assert sorted(found(read(tmp_path, table(row)))[0][1]) == [
        ("/one_off_pence", "NOT_POUNDS"),
        ("/person/born_on", "NOT_A_DATE"),
        ("/sections/needs", "TEXT_NOT_ALLOWED"),
        ("/weekly_pence", "NOT_A_WHOLE_NUMBER"),
    ]


# --- JSON Lines -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"miles": float("nan")}, "UNREADABLE"),
        ({"weekly_pence": 10**20}, "NUMBER_TOO_LARGE"),
        ({"weekly_pence": 480.0}, "NOT_A_WHOLE_NUMBER"),
        ({"weekly_pence": "480"}, "NOT_A_WHOLE_NUMBER"),
        ({"wekly_pence": 480}, "UNKNOWN_FIELD"),
        ({"sections": {"needs": "\x08"}}, "TEXT_NOT_ALLOWED"),
        ({"sections": {"needs": "\ud800"}}, "TEXT_NOT_ALLOWED"),
    ],
)
def test_a_row_of_json_is_held_to_the_same(change: dict[str, Any], code: str, tmp_path: Path) -> None:
    rows = [json.dumps({**CASE, **change}), json.dumps({**CASE, "case": "18"}, ensure_ascii=False)]
    lines = read(tmp_path, "\n".join(rows), "cases.jsonl")
    assert [[one.code for one in line.failing] for line in lines] == [[code], []]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 5000, '{"case": "1", "case": "2"}', "\ufeff", "7", "null"])
def test_no_line_ends_the_run(text: str, tmp_path: Path) -> None:
    lines = read(tmp_path, f"{text}\n{json.dumps(CASE)}\n", "cases.jsonl")
    assert lines[-1].row is not None
    assert all(line.failing for line in lines[:-1])


def test_a_composed_and_a_decomposed_letter_are_the_same(tmp_path: Path) -> None:
    (line,) = read(tmp_path, table(altered(person__name="Zoe\u0308")))
    assert line.row is not None
    assert line.row.person.name == "Zoë"


# --- The template ---------------------------------------------------------------------------------------------


def test_the_template_filled_in_is_taken_with_its_remarks(tmp_path: Path) -> None:
    """Every heading of the template is known, both ways of writing an amount aside, and its remarks are no row."""
    headings, remarks = template()
    assert len(headings) == len(remarks)
    assert all(remarks)
    kept = [number for number, name in enumerate(headings) if not name.endswith("_pounds")]
    names = [headings[number] for number in kept]
    filled = table(dict(zip(names, (remarks[number] for number in kept), strict=True)), CELLS, headings=names)
    assert found(read(tmp_path, filled)) == [(3, [])]


def test_how_far_a_file_has_been_read_is_said_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(table(*[CELLS] * 200), encoding="utf-8")
    positions: list[int] = []
    assert len(list(read_lines(path, at=positions.append))) == 200
    assert positions == sorted(positions)
    assert positions[0] < positions[-1] == path.stat().st_size
