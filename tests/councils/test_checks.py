"""What may not be published: unreadable, incomplete or misleading terms (DOMAIN.md, A12, A17)."""

from copy import deepcopy
from importlib.resources import files
from typing import Any

import pytest
import yaml

from councils.checks import Unreadable, defects, panel_is_default, read
from councils.guards import GUARDS, level_of
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
    """A17."""
    del document[statement]
    found = defects(read(document))
    assert [(defect.pointer, defect.code) for defect in found] == [(f"/{statement}", "TERMS_INCOMPLETE")]


def test_a_blank_statement_is_missing_and_all_missing_ones_are_named_at_once(document: dict[str, Any]) -> None:
    """A17, H: also what only looks empty."""
    document.update(purpose="  ", involvement="\u200b\u200b", consultation="\u3164", review_on=None)
    assert codes(document) == ["TERMS_INCOMPLETE"] * 4


@pytest.mark.parametrize("nothing", ["\u200b\u200b", "\u2060 \u3164", "\n\t "])
def test_statements_that_say_nothing_are_missing_too(document: dict[str, Any], nothing: str) -> None:
    """A17, A12, H: what cannot be seen is neither a statement nor a justification."""
    document.update(purpose=nothing, involvement=nothing, consultation=nothing)
    assert codes(document) == ["TERMS_INCOMPLETE"] * 3
    everything = load_pack("northborough")
    everything["panel_as_default"] = {"justification": nothing, "review_on": "2027-01-04"}
    assert codes(everything) == ["PANEL_AS_DEFAULT"]


def test_words_that_are_not_known_are_refused_with_their_places(document: dict[str, Any]) -> None:
    document["threshold"] = 1
    document["forums"]["CONFERENCE_CALL"]["minutes"] = "sixty"
    with pytest.raises(Unreadable) as caught:
        read(document)
    assert {defect.pointer for defect in caught.value.defects} == {"/threshold", "/forums/CONFERENCE_CALL/minutes"}
    assert "sixty" not in str(caught.value.defects)


def test_a_threshold_of_nothing_makes_panel_the_default(document: dict[str, Any]) -> None:
    """A12."""
    document["scheme"]["rules"][0]["weekly"] = ">= 0"
    assert codes(document) == ["PANEL_AS_DEFAULT"]
    document["panel_as_default"] = {
        "justification": "Every plan is seen while the scheme is new.",
        "review_on": "2027-01-01",
    }
    assert codes(document) == []


def test_northborough_sends_everything_to_its_panel_and_needs_its_justification() -> None:
    """A12."""
    northborough = load_pack("northborough")
    northborough["panel_as_default"] = None
    assert codes(northborough) == ["PANEL_AS_DEFAULT"]


@pytest.mark.parametrize(
    "given",
    [
        {"justification": "Until a scheme is consulted on."},
        {"review_on": "2027-01-04"},
        {"justification": "  ", "review_on": "2027-01-04"},
        {"justification": "\u2800\u200b", "review_on": "2027-01-04"},
    ],
)
def test_a_justification_without_its_words_or_its_review_date_is_none(given: dict[str, Any]) -> None:
    """A12."""
    assert codes({**load_pack("northborough"), "panel_as_default": given}) == ["PANEL_AS_DEFAULT"]


@pytest.mark.parametrize("slug", ["swindon", "shropshire", "doncaster", "southmoor"])
def test_every_other_pack_leaves_something_to_be_decided_without_a_panel(slug: str) -> None:
    """A12."""
    assert panel_is_default(read(load_pack(slug))) is False


def test_a_row_that_no_application_can_reach_does_not_make_panel_the_exception(document: dict[str, Any]) -> None:
    """A12: neither a kind that the council does not take, nor costs that contradict each other, count."""
    document["scheme"]["inputs"] += [
        {"id": "kind", "name": "Kind", "field": "kind"},
        {"id": "yearly", "name": "Yearly", "field": "yearly_pence"},
        {"id": "section", "name": "Section", "field": "section"},
    ]
    rules = document["scheme"]["rules"]
    delegated = {**rules[-1], "_id": "never"}
    everything = {**rules[-1], "route": '"PANEL"', "forum": '"CONFERENCE_CALL"'}
    for unreachable in ({"kind": '"UNHEARD_OF"'}, {"weekly": "< 10", "yearly": ">= 520"}, {"section": '"47"'}):
        document["scheme"]["rules"] = [{**delegated, **unreachable}, everything]
        assert codes(document) == ["PANEL_AS_DEFAULT"]
    document["scheme"]["rules"] = [{**delegated, "weekly": "< 10", "yearly": ">= 468"}, everything]
    assert codes(document) == []  # £0.09 a week is £4.68 a year.


def test_another_councils_panel_is_a_panel_too(document: dict[str, Any]) -> None:
    """A12."""
    document["scheme"]["rules"][-1]["route"] = '"COMPLEX_HEALTH_NEEDS_PANEL"'
    assert codes(document) == ["PANEL_AS_DEFAULT"]


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
        ("weekly", "[5..4]"),
        ("weekly", "1, 2"),
        ("weekly", "> 1234567890123"),
        ("complex", '"true"'),
        ("complex", "not(true)"),
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
    assert (level_of(terms, "COMMENT_OPEN"), level_of(terms, "COST_ONLY")) == ("warn", "refuse")


def test_a_level_for_a_rule_that_has_none_is_refused_by_name(document: dict[str, Any]) -> None:
    """Authority, the cut-off and the statutory duties have no level."""
    document["guards"] = {"LATE": "off", "LIMIT_EXCEEDED": "warn", "COMMENT_OPEN": "off", "PR_VIEWS_MISSING": "warn"}
    found = [(defect.pointer, defect.code) for defect in defects(read(document))]
    assert found == [(f"/guards/{code}", "UNKNOWN_GUARD") for code in ("LATE", "LIMIT_EXCEEDED", "PR_VIEWS_MISSING")]


@pytest.mark.parametrize("code", sorted(GUARDS))
@pytest.mark.parametrize("level", ["refuse", "warn", "off"])
def test_a_level_at_which_a_guard_does_nothing_is_refused(document: dict[str, Any], code: str, level: str) -> None:
    """B18: an untrained presenter is booked all the same, so nobody may publish that one is refused."""
    document["guards"] = {code: level}
    found = [(defect.pointer, defect.code) for defect in defects(read(document))]
    nothing = (code, level) == ("UNTRAINED_PRESENTER", "refuse")
    assert found == ([(f"/guards/{code}", "LEVEL_DOES_NOTHING")] if nothing else [])


@pytest.mark.parametrize("slug", packs())
def test_a_guard_that_warns_of_itself_does_so_in_every_pack(slug: str) -> None:
    terms = read(load_pack(slug))
    assert {code: level_of(terms, code) for code in GUARDS} == {code: guard.level for code, guard in GUARDS.items()}
    assert level_of(terms, "SUPPORT_ADVICE_MISSING") == "warn"
    assert (level_of(terms, "COST_ONLY", "no such kind"), level_of(terms, "NO_GUARD")) == ("refuse", "refuse")
    of_children = [kind for kind, one in terms.kinds.items() if one.person == "child"]
    assert {level_of(terms, "COST_ONLY", kind) for kind in of_children} <= {"warn"}


def test_everything_that_is_wrong_is_named_at_once_with_its_row(document: dict[str, Any]) -> None:
    document.update(purpose="", submitted_to="NOWHERE", weeks_per_year="51", kinds={}, guards={"LATE": "off"})
    document["scheme"]["rules"][0]["weekly"] = "> 1000.00"
    document["scheme"]["rules"][4]["differential"] = "perhaps"
    document["scheme"]["rules"][2].update(reason="", forum="")
    document["forums"]["CONFERENCE_CALL"].update(quorum=0, chair_roles=[], minutes=19)
    document["forums"]["CONFERENCE_CALL"]["weekdays"] = ["thursday", "thursday"]
    document["chairs_by_order"] = {"CARE_ORDER": ["director_csw"]}
    document["exceptions"] = {"HOLIDAY": {"granted_by": ["director_csw"]}}
    found = defects(read(document))
    assert sorted(defect.pointer for defect in found) == [
        "/chairs_by_order/CARE_ORDER",
        "/exceptions/HOLIDAY",
        "/forums/CONFERENCE_CALL/chair_roles",
        "/forums/CONFERENCE_CALL/minutes",
        "/forums/CONFERENCE_CALL/quorum",
        "/forums/CONFERENCE_CALL/weekdays",
        "/guards/LATE",
        "/kinds",
        "/purpose",
        "/scheme/rules/0/weekly",
        "/scheme/rules/2/forum",
        "/scheme/rules/2/reason",
        "/scheme/rules/4/differential",
        "/submitted_to",
        "/weeks_per_year",
    ]
    rows = {defect.pointer: defect.sentence for defect in found}
    assert rows["/scheme/rules/4/differential"].startswith("Row larger-than-usual: ")


def test_what_cannot_be_read_does_not_hide_what_else_is_wrong(document: dict[str, Any]) -> None:
    document.update(purpose="", delegated_limits={"practice_manager": "a lot"}, guards={"LATE": "off"})
    document["scheme"]["rules"][0]["weekly"] = "> 1000.00"
    document["forums"]["CONFERENCE_CALL"]["minutes"] = "sixty"
    with pytest.raises(Unreadable) as caught:
        read(document)
    assert [(defect.pointer, defect.code) for defect in caught.value.defects] == [
        ("/forums/CONFERENCE_CALL/minutes", "SETTINGS_UNREADABLE"),
        ("/delegated_limits/practice_manager", "SETTINGS_UNREADABLE"),
        ("/purpose", "TERMS_INCOMPLETE"),
        ("/guards/LATE", "UNKNOWN_GUARD"),
        ("/scheme/rules/0/weekly", "TABLE_INVALID"),
    ]


def test_a_document_of_nothing_names_every_member_that_it_lacks() -> None:
    with pytest.raises(Unreadable) as caught:
        read({})
    pointers = {defect.pointer for defect in caught.value.defects}
    assert {"/id", "/kinds", "/scheme", "/purpose", "/review_on"} <= pointers


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"exceptions": {}}, "/exclusions/rules/0", "EXCEPTION_MISSING"),
        (
            {"exceptions": {"UNDER_500": {"granted_by": ["chair"], "leads_to": "PANEL"}}},
            "/exceptions/UNDER_500/leads_to",
            "EXCEPTION_INVALID",
        ),
        ({"exceptions": {"DEFAULT_REQUIRED": {"granted_by": ["director_csw"]}}}, "/scheme/rules", "TABLE_OPEN"),
    ],
)
def test_no_refusal_is_without_a_way_round_it_and_no_way_leads_nowhere(
    change: dict[str, Any], pointer: str, code: str
) -> None:
    """A10."""
    found = defects(read({**load_pack("swindon"), **change}))
    assert (pointer, code) in [(defect.pointer, defect.code) for defect in found]


@pytest.mark.parametrize(
    ("row", "cell", "value", "code"),
    [
        (0, "route", '"PANEL"', "TABLE_INVALID"),
        (0, "route", '"DELEGATED"', "TABLE_INVALID"),
        (4, "pence", "< 500.00", "TABLE_INVALID"),
        (4, "forum", '"CARE_PANEL"', "TABLE_INVALID"),
        (10, "pence", "> 1", "TABLE_OPEN"),
        (10, "route", '"NOT_FUNDED"', "TABLE_OPEN"),
    ],
)
def test_a_table_of_exclusions_is_checked_cell_by_cell(row: int, cell: str, value: str, code: str) -> None:
    document = load_pack("swindon")
    document["exclusions"]["rules"][row][cell] = value
    found = defects(read(document))
    assert [defect.code for defect in found] == [code]
    assert found[0].pointer.startswith("/exclusions/rules")


def test_an_exclusion_may_look_at_the_application_but_a_scheme_at_no_single_resource(document: dict[str, Any]) -> None:
    document["scheme"]["inputs"][0]["field"] = "resource_pence"
    assert codes(document) == ["TABLE_INVALID"]


def test_a_row_that_leads_to_no_panel_names_no_forum(document: dict[str, Any]) -> None:
    document["scheme"]["rules"][-1]["forum"] = '"CONFERENCE_CALL"'
    assert codes(document) == ["FORUM_UNKNOWN"]


def test_a_forum_that_was_published_with_one_weekday_still_reads(document: dict[str, Any]) -> None:
    call = document["forums"]["CONFERENCE_CALL"]
    del call["weekdays"]
    call["weekday"] = "thursday"
    assert read(document) == read(load_pack("shropshire"))
    call["weekdays"] = ["monday"]
    with pytest.raises(Unreadable):
        read(document)


@pytest.mark.parametrize("slug", packs())
def test_every_default_that_no_source_settles_is_written_out_in_the_pack(slug: str) -> None:
    """The settings marked with a dagger, and the open boundaries, are visible where a council would look for them."""
    said = yaml.safe_load(files("councils").joinpath("packs", f"{slug}.yaml").read_text(encoding="utf-8"))
    assert set(load_pack(slug)) == set(said)
    for code, forum in load_pack(slug)["forums"].items():
        assert set(forum) == set(said["forums"][code])
