"""What may not be published: unreadable, incomplete or misleading terms (DOMAIN.md, A12, A17)."""

from copy import deepcopy
from typing import Any

import pytest

from councils.checks import Unreadable, defects, panel_is_default, read
from councils.packs import load_pack, packs
from councils.settings import Settings, digest


def codes(document: dict[str, Any]) -> list[str]:
    return [defect.code for defect in defects(read(document))]


@pytest.fixture
def document() -> dict[str, Any]:
    return deepcopy(load_pack("shropshire"))


@pytest.mark.parametrize("slug", packs())
def test_every_shipped_pack_may_be_published(slug: str) -> None:
    assert defects(read(load_pack(slug))) == ()


def test_an_unknown_pack_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_pack("atlantis")


def test_published_settings_read_back_as_they_were_and_have_one_digest(swindon: Settings) -> None:
    again = Settings.read(swindon.document())
    assert again == swindon
    assert digest(again.document()) == digest(swindon.document())
    assert digest(Settings.of(swindon, version=2, in_force_from=swindon.in_force_from).document()) != digest(
        swindon.document()
    )


@pytest.mark.parametrize("statement", ["purpose", "involvement", "consultation", "review_on"])
def test_terms_without_one_of_their_statements_are_incomplete(document: dict[str, Any], statement: str) -> None:
    del document[statement]
    found = defects(read(document))
    assert [(defect.pointer, defect.code) for defect in found] == [(f"/{statement}", "TERMS_INCOMPLETE")]


def test_a_blank_statement_is_missing_and_all_missing_ones_are_named_at_once(document: dict[str, Any]) -> None:
    document.update(purpose="  ", involvement="", consultation="", review_on=None)
    assert codes(document) == ["TERMS_INCOMPLETE"] * 4


def test_words_that_are_not_known_are_refused_with_their_places(document: dict[str, Any]) -> None:
    document["threshold"] = 1
    document["forums"]["CONFERENCE_CALL"]["minutes"] = "sixty"
    with pytest.raises(Unreadable) as caught:
        read(document)
    assert {defect.pointer for defect in caught.value.defects} == {"/threshold", "/forums/CONFERENCE_CALL/minutes"}
    assert "sixty" not in str(caught.value.defects)


def test_a_threshold_of_nothing_makes_panel_the_default(document: dict[str, Any]) -> None:
    document["scheme"]["rules"][0]["weekly"] = ">= 0"
    assert codes(document) == ["PANEL_AS_DEFAULT"]
    document["panel_as_default"] = {
        "justification": "Every plan is seen while the scheme is new.",
        "review_on": "2027-01-01",
    }
    assert codes(document) == []


def test_swindon_needs_its_justification() -> None:
    swindon = load_pack("swindon")
    swindon["panel_as_default"] = None
    assert codes(swindon) == ["PANEL_AS_DEFAULT"]


def test_an_ordinary_scheme_can_reach_something_other_than_a_panel(document: dict[str, Any]) -> None:
    assert panel_is_default(read(document)) is False


def test_a_range_that_leaves_one_penny_to_delegation_is_not_panel_as_default(document: dict[str, Any]) -> None:
    rules = document["scheme"]["rules"]
    rules[0]["weekly"] = "> 0"
    assert codes(document) == []
    rules[1]["weekly"] = "[0..0]"
    assert codes(document) == ["PANEL_AS_DEFAULT"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("weekly", "> 1000.00"),
        ("weekly", "weekly_pence > 5 or true"),
        ("weekly", "> -1"),
        ("complex", "yes"),
        ("route", '"ANYWHERE"'),
        ("route", "PANEL"),
        ("reason", ""),
        ("_id", "Over 1000"),
        ("_id", "under-1000"),
        ("_description", " "),
        ("surprise", "1"),
    ],
)
def test_a_cell_outside_the_checked_subset_is_refused(document: dict[str, Any], cell: str, value: str) -> None:
    document["scheme"]["rules"][0][cell] = value
    assert set(codes(document)) == {"TABLE_INVALID"}


def test_a_panel_row_must_name_a_forum_that_exists(document: dict[str, Any]) -> None:
    document["scheme"]["rules"][0]["forum"] = '"NOWHERE"'
    document["scheme"]["rules"][1]["forum"] = ""
    document["submitted_to"] = "NOWHERE"
    assert codes(document) == ["FORUM_UNKNOWN"] * 3


def test_a_table_whose_last_row_has_a_condition_could_leave_a_case_without_route(document: dict[str, Any]) -> None:
    document["scheme"]["rules"].pop()
    assert codes(document) == ["TABLE_OPEN"]


def test_columns_may_only_look_at_known_facts(document: dict[str, Any]) -> None:
    document["scheme"]["inputs"][0]["field"] = "postcode"
    assert codes(document) == ["TABLE_INVALID"]
    document["scheme"]["inputs"][0]["field"] = "weekly_pence"
    document["scheme"]["inputs"][1]["id"] = "weekly"
    assert "TABLE_INVALID" in codes(document)


def test_a_table_with_too_many_boundaries_to_try_says_so(
    document: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    document["scheme"]["rules"][0]["weekly"] = ">= 0"
    monkeypatch.setattr("councils.reach.COMBINATIONS", 3)
    assert codes(document) == ["TABLE_TOO_LARGE"]


def test_a_guard_stands_at_refuse_unless_the_council_chose_another_level(document: dict[str, Any]) -> None:
    document["guards"] = {"COMMENT_OPEN": "warn"}
    terms = read(document)
    assert (terms.guard("COMMENT_OPEN"), terms.guard("COST_ONLY")) == ("warn", "refuse")
