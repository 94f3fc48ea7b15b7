"""Schemes as JDM documents: what the editor writes is read back, what it may not write is refused where it stands."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.cells import Between, Is, OneOf, OutsideSubset, condition, matches, rows, said
from councils.checks import Unreadable, defects, read
from councils.facts import INPUTS
from councils.jdm import as_jdm, from_jdm, is_jdm
from councils.packs import load_pack, packs
from councils.scheme import hits
from councils.settings import DecisionTable

Document = dict[str, Any]


@pytest.mark.parametrize("slug", packs())
def test_a_packs_tables_come_back_from_jdm_as_they_were(slug: str) -> None:
    terms = read(load_pack(slug))
    document = load_pack(slug)
    for name in ("scheme", "exclusions"):
        table = getattr(terms, name)
        if table is not None:
            document[name] = as_jdm(table)
            assert is_jdm(document[name])
    again = read(document)
    assert again == terms
    assert defects(again) == ()


@pytest.fixture
def drawn() -> Document:
    """Shropshire's scheme as its editor leaves it: ids of its own, and switches that change nothing."""
    jdm = deepcopy(as_jdm(read(load_pack("shropshire")).scheme))
    request, table, response = jdm["nodes"]
    request["id"], table["id"], response["id"] = "5d0f9c3e-1", "5d0f9c3e-2", "5d0f9c3e-3"
    jdm["edges"] = [
        {"id": "e1", "type": "edge", "sourceId": "5d0f9c3e-1", "targetId": "5d0f9c3e-2"},
        {"id": "e2", "type": "edge", "sourceId": "5d0f9c3e-2", "targetId": "5d0f9c3e-3"},
    ]
    table["content"].update(passThorough=False, inputField=None, outputPath=None, executionMode="single")
    table["content"]["inputs"][0]["defaultValue"] = ""
    new = {"_id": "0b9c9c52-7a41-4a0e-9d2f-3f1d6c1f7a10", "_description": "S1: a row that was added", "weekly": "5"}
    table["content"]["rules"].insert(0, {**new, "route": '"DELEGATED"', "reason": '"UNDER_LIMIT"'})
    return jdm


def test_a_table_from_the_editor_may_be_published_as_the_scheme(drawn: Document) -> None:
    terms = read({**load_pack("shropshire"), "scheme": drawn})
    assert defects(terms) == ()
    assert terms.scheme.rules[0]["_id"] == "0b9c9c52-7a41-4a0e-9d2f-3f1d6c1f7a10"
    assert terms.scheme.rules[1:] == read(load_pack("shropshire")).scheme.rules


def _nodes(drawn: Document) -> list[Document]:
    return drawn["nodes"]


def _content(drawn: Document) -> Document:
    return drawn["nodes"][1]["content"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda jdm: _nodes(jdm).append({"id": "x", "type": "expressionNode"}), "/scheme/nodes/3"),
        (lambda jdm: _nodes(jdm).append({"id": "x", "type": "functionNode", "content": "1"}), "/scheme/nodes/3"),
        (lambda jdm: _nodes(jdm).append(_nodes(jdm)[1]), "/scheme/nodes/3"),
        (lambda jdm: _nodes(jdm).pop(), "/scheme/nodes"),
        (lambda jdm: jdm["edges"].pop(), "/scheme/edges"),
        (lambda jdm: jdm.pop("edges"), "/scheme/edges"),
        (lambda jdm: _content(jdm).update(passThrough=True), "/scheme/nodes/1/content/passThrough"),
        (lambda jdm: _content(jdm).update(executionMode="loop"), "/scheme/nodes/1/content/executionMode"),
        (lambda jdm: _content(jdm).update(inputField="applications"), "/scheme/nodes/1/content/inputField"),
        (lambda jdm: jdm["nodes"][1].pop("content"), "/scheme/nodes/1/content"),
        (lambda jdm: _content(jdm).update(hitPolicy="collect"), "/scheme/hitPolicy"),
        (lambda jdm: _content(jdm)["rules"][2].update(weekly=5), "/scheme/rules/2/weekly"),
        (lambda jdm: _content(jdm)["inputs"][0].pop("field"), "/scheme/inputs/0/field"),
        (lambda jdm: jdm.update(nodes=7), "/scheme/nodes"),
    ],
)
def test_what_the_subset_does_not_know_is_refused_where_it_stands(
    drawn: Document, change: Callable[[Document], object], pointer: str
) -> None:
    change(drawn)
    with pytest.raises(Unreadable) as caught:
        read({**load_pack("shropshire"), "scheme": drawn})
    assert pointer in [defect.pointer for defect in caught.value.defects]


def test_a_cell_outside_the_subset_is_named_with_its_row_in_a_drawn_table_too(drawn: Document) -> None:
    _content(drawn)["rules"][3]["complex"] = "complex and distinctive"
    _content(drawn)["rules"][1]["weekly"] = "[1..2)"
    found = defects(read({**load_pack("shropshire"), "scheme": drawn}))
    assert [(defect.pointer, defect.code) for defect in found] == [
        ("/scheme/rules/1/weekly", "TABLE_INVALID"),
        ("/scheme/rules/3/complex", "TABLE_INVALID"),
    ]
    assert found[0].sentence == "Row over-1000: this is no condition on amount_pence."


def test_a_document_without_a_table_says_so() -> None:
    table, found = from_jdm({"nodes": []}, "/scheme")
    assert table == {}
    assert {defect.pointer for defect in found} == {"/scheme/nodes", "/scheme/nodes/0/content"}


@pytest.mark.parametrize(
    ("cell", "sort", "means"),
    [
        ("", "money", None),
        ("  ", "flag", None),
        ("100", "money", Between(100, 100)),
        ("< 100", "money", Between(0, 99)),
        ("<=100", "money", Between(0, 100)),
        ("> 100", "number", Between(101)),
        (">= 100", "money", Between(100)),
        ("[100..200]", "money", Between(100, 200)),
        ("[7..7]", "number", Between(7, 7)),
        ("< 0", "money", Between(0, -1)),
        ("true", "flag", Is(True)),
        ("false", "flag", Is(False)),
        ('"CRISIS"', "text", OneOf(frozenset({"CRISIS"}))),
        ('"17", "18","20"', "text", OneOf(frozenset({"17", "18", "20"}))),
    ],
)
def test_every_cell_of_the_subset_has_one_meaning(cell: str, sort: str, means: object) -> None:
    assert condition(cell, sort) == means


@pytest.mark.parametrize(
    ("cell", "sort"),
    [
        ("1.5", "money"),
        ("-1", "money"),
        ("> 1 and < 5", "money"),
        ("(1..5]", "money"),
        ("[5..1]", "money"),
        ("1, 2", "money"),
        ("$ > 5", "number"),
        ("1_000", "money"),
        ("\u0661", "money"),  # A digit to Python, but none that zen-engine reads.
        ("007", "money"),
        ("<  5", "money"),
        ("True", "flag"),
        ("true, false", "flag"),
        ('"crisis"', "text"),
        ("CRISIS", "text"),
        ('"CRISIS" or "OTHER"', "text"),
        ('not("CRISIS")', "text"),
        ('"A",\n"B"', "text"),
    ],
)
def test_everything_else_is_outside_the_subset(cell: str, sort: str) -> None:
    with pytest.raises(OutsideSubset):
        condition(cell, sort)


CELLS = {
    "weekly_pence": st.builds(
        lambda form, low, more: form.format(low, low + more),
        st.sampled_from(("", "{0}", "< {0}", "<={0}", "> {0}", ">= {0}", "[{0}..{1}]")),
        st.integers(0, 12),
        st.integers(0, 5),
    ),
    "complex": st.sampled_from(("", "true", "false")),
    "kind": st.sampled_from(("", '"A"', '"B", "17"', '"A","B", "C"')),
}
INPUT = st.fixed_dictionaries(
    {"weekly_pence": st.integers(0, 20), "complex": st.booleans(), "kind": st.sampled_from(("A", "B", "C", "17", ""))}
)


@settings(max_examples=150, deadline=None)
@given(drawn_rows=st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=5), inputs=st.lists(INPUT, min_size=5))
def test_whatever_the_subset_says_means_to_us_what_it_means_to_zen(
    drawn_rows: list[dict[str, str]], inputs: list[dict[str, object]]
) -> None:
    says = {"route": '"DELEGATED"', "forum": "", "reason": '"COST"'}
    table = DecisionTable.model_validate(
        {
            "name": "drawn",
            "hitPolicy": "first",
            "inputs": [{"id": field, "name": field, "field": field} for field in CELLS],
            "outputs": [{"id": field, "name": field, "field": field} for field in says],
            "rules": [{"_id": f"row-{number}", **row, **says} for number, row in enumerate(drawn_rows)],
        }
    )
    for shown in inputs:
        ours = [row.id for row in rows(table, INPUTS) if matches(row, shown)]
        assert [hit.row for hit in hits(table, shown)] == ours


def test_an_output_is_one_word_or_blank() -> None:
    assert (said('"PANEL"'), said(" ")) == ("PANEL", None)
    with pytest.raises(OutsideSubset):
        said('"PANEL", "DELEGATED"')
