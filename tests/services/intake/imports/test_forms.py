"""A row of a file and a form over HTTP are one definition: the same value gets the same verdict from both."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from edge.bodies import read_json
from edge.forms import Form
from edge.problems import Problem, of_validation
from services.intake.applications import forms, part_forms
from services.intake.imports.forms import PastCaseForm
from tests.panelbook.importing.rows import CASE

Way = tuple[str | int, ...]

START: Mapping[str, Any] = {
    "kind": "K",
    "person": {"person": "p-1", "name": "A name", "born_on": "2014-05-02"},
    "team": "t",
    "team_manager": "m",
    "service": "s",
    "service_manager": "m",
    "family": [{"party": "p-2", "relationship": "parent", "name": "A name"}],
}
COSTS: Mapping[str, Any] = {"weekly_pence": 1, "resources": [{"resource": "PLACEMENT"}]}
NEEDS: Mapping[str, Any] = {"needs": {"EDUCATION": "Words."}, "advice": {"HEALTH": "Words."}}

ROW: Mapping[str, Any] = {
    **CASE,
    "resources": COSTS["resources"],
    "options_tried": [{"option": "Words."}],
    "other_funding": [{"source": "CAMHS", "possible": True}],
    "actions": [{"action": "Words."}],
    "family_agreement": {"agreed": True},
    "support_needs": NEEDS["needs"],
    "support_advice": NEEDS["advice"],
}


def of(form: type[Form], body: Mapping[str, Any], ways: Mapping[Way, Way]) -> list[Any]:
    return [(form, body, of_form, of_row) for of_row, of_form in ways.items()]


def same(*names: str, row: Way = (), form: Way = ()) -> dict[Way, Way]:
    return {(*row, name): (*form, name) for name in names}


BOTH = [
    *of(
        forms.StartForm,
        START,
        {
            **same("kind", "team", "team_manager", "service", "service_manager", "family", "miles"),
            **same("name", "born_on", "contact_email", row=("person",), form=("person",)),
            ("person", "id"): ("person", "person"),
            **same("party", "name", "relationship", row=("family", 0), form=("family", 0)),
            **same("has_parental_responsibility", row=("family", 0), form=("family", 0)),
        },
    ),
    *of(part_forms.BudgetForm, {"weekly_pence": 1}, {("indicative_weekly_pence",): ("weekly_pence",)}),
    *of(
        part_forms.CostsForm,
        COSTS,
        {
            **same("weekly_pence", "one_off_pence", "resources"),
            **same(
                "resource", "weekly_pence", "one_off_pence", "days", "starts_on", row=("resources", 0),
                form=("resources", 0),
            ),
        },
    ),
    *of(
        part_forms.CircumstancesForm,
        {},
        same(
            "within", "emergency", "disability_team", "complex_health", "section", "order", "package",
            row=("circumstances",),
        ),
    ),
    *of(
        part_forms.ComplexityForm,
        {"complex": True},
        {**same("complex", "distinctive"), ("complexity_reason",): ("reason",)},
    ),
    *of(part_forms.SectionForm, {"text": "Words."}, {("sections", "needs"): ("text",)}),
    *of(
        part_forms.OptionsTriedForm,
        {"options": ROW["options_tried"]},
        {
            ("options_tried",): ("options",),
            **same("option", "why_unsuitable", row=("options_tried", 0), form=("options", 0)),
        },
    ),
    *of(
        part_forms.OtherFundingForm,
        {"sources": ROW["other_funding"]},
        {
            ("other_funding",): ("sources",),
            **same("source", "possible", "information", row=("other_funding", 0), form=("sources", 0)),
        },
    ),
    *of(
        part_forms.ActionsForm,
        {"actions": ROW["actions"]},
        {
            **same("actions"),
            **same("action", "owner", "due_on", "review_on", row=("actions", 0), form=("actions", 0)),
        },
    ),
    *of(
        part_forms.FamilyAgreementForm,
        {"agreed": True},
        same("agreed", "reason", "significant_harm", row=("family_agreement",)),
    ),
    *of(
        part_forms.SupportNeedsForm,
        NEEDS,
        {
            ("support_needs",): ("needs",),
            ("support_advice",): ("advice",),
            ("support_needs", "EDUCATION"): ("needs", "EDUCATION"),
            ("support_advice", "HEALTH"): ("advice", "HEALTH"),
        },
    ),
    *of(
        part_forms.VoiceForm,
        {},
        same("views", "why_not_obtainable", "age_years", "understanding", row=("voices", 0)),
    ),
    *of(forms.SubmissionForm, {}, same("sitting_on")),
]  # fmt: skip

ALONE: Mapping[Way, tuple[list[Any], list[Any]]] = {
    ("case",): (["1", "CS/2025/0017", "2.02E+11"], ["", " ", "a b", "/1", "x" * 65, "a\n", 7, None]),
    ("received_at",): (
        ["2026-03-02T09:00:00Z", "2026-03-02T09:00:00+01:00"],
        ["2026-03-02", "2026-03-02T09:00:00", "0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", 0, None],
    ),
    ("originator",): (["worker-1"], ["", "a b", "x" * 65, "w\u200b", None]),
    ("sections",): ([{}, {"own_one": "Words."}], [{"a b": "Words."}, {"needs": ""}, {"needs": None}, [], None]),
    ("voices", 0, "party"): (["p-1"], ["", "a b", None]),
    ("person", "male"): ([True, None], ["yes", 1]),
    ("person", "ethnicity"): (["B1", None], ["", "x" * 201, 7]),
    ("decided", "outcome"): (["AGREED", "NOT_AGREED", "WITHDRAWN"], ["agreed", "DEFERRED", "", None]),
    ("decided", "made"): (["PANEL", "DELEGATED", "OUT_OF_PANEL"], ["panel", "", None]),
    ("decided", "role"): (["chair"], ["", "the chair", None]),
    ("decided", "at"): (["2026-03-09T09:00:00Z"], ["2026-03-09", "2200-01-01T00:00:00Z", None]),
    ("decided", "route"): (["PANEL"], ["", "by hand", None]),
    ("decided", "forum"): (["CARE_PANEL", None], ["", "the panel", 7]),
    ("decided", "times_deferred"): ([0, 100], [-1, 101, 1.0, "1", None]),
}
"""The fields that only a row has, each with what its bounds take and what they refuse."""

NEVER_SENT = {(name,) for name in ("options_tried", "other_funding", "actions", "support_needs", "support_advice")}

WRITTEN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-2, 2),
    st.sampled_from([10**10, 10**10 + 1, 2**63, 36_600, 36_601, 130, 131, 1000, 1001]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.text(alphabet="\x00\u202e\u200b\u00ad \t\r\nAz0._:-@", max_size=8),
    st.sampled_from(
        ["", " ", "\u200b", "p-1", "p 1", "A" * 64, "A" * 65, "W" * 200, "W" * 201, "W" * 20_000, "W" * 20_001, "CODE",
         "2014-05-02", "0001-01-01", "9999-12-31", "2026-02-30", "02/05/2014", "480.00", "17", "SGO", "child",
         "ann@home.example", "ann@café.example", "ann@home.example\r\nBcc: b@home.example", "\u200bann@home.example"]
    ),
    st.lists(st.one_of(st.none(), st.text(max_size=5), st.integers()), max_size=3),
    st.sampled_from([["CODE"] * 20, ["CODE"] * 21, [{}], [{"party": "p"}] * 51]),
    st.dictionaries(st.sampled_from(["CODE", "code", "A B", "text"]), st.one_of(st.none(), st.text(max_size=5))),
)  # fmt: skip


def verdict(form: type[Form], body: Mapping[str, Any], way: Way, value: Any) -> list[tuple[str, str]]:
    """What is wrong with a form once one field has this value: pointers below the field, and codes."""
    whole = json.loads(json.dumps(body))
    place = whole
    *parents, last = way
    for step in parents:
        place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
    place[last] = value
    at = "".join(f"/{step}" for step in way)
    try:
        form.model_validate_json(json.dumps(read_json(json.dumps(whole).encode())), strict=True)
    except Problem as problem:
        return sorted((one.pointer.removeprefix(at), one.code) for one in problem.failing) or [("", problem.code)]
    except ValidationError as problem:
        return sorted((one.pointer.removeprefix(at), one.code) for one in of_validation(problem.errors()).failing)
    return []


@pytest.mark.parametrize(
    ("form", "body", "of_form", "of_row"), BOTH, ids=lambda one: "/".join(map(str, one)) if type(one) is tuple else ""
)
@settings(max_examples=60, deadline=None)
@given(value=WRITTEN)
def test_the_same_value_has_the_same_verdict(
    form: type[Form], body: Mapping[str, Any], of_form: Way, of_row: Way, value: Any
) -> None:
    """I7: what a form refuses a row refuses, for the same reasons, and nothing more."""
    # A form that is never sent is null in a row.
    assume(value is not None or of_row not in NEVER_SENT)
    assert verdict(PastCaseForm, ROW, of_row, value) == verdict(form, body, of_form, value)


@pytest.mark.parametrize("way", ALONE, ids=lambda way: "/".join(map(str, way)))
def test_a_field_of_the_row_alone_has_bounds_of_its_own(way: Way) -> None:
    taken, refused = ALONE[way]
    assert [value for value in taken if verdict(PastCaseForm, ROW, way, value)] == []
    assert [value for value in refused if not verdict(PastCaseForm, ROW, way, value)] == []


def test_every_field_of_a_row_is_a_forms_or_stands_among_those_of_the_row_alone() -> None:
    """A field that is added to the row is held to a form's, or to bounds of its own."""
    described = PastCaseForm.model_json_schema()
    known = {way for *_, way in BOTH} | set(ALONE)
    assert _ways(described, described["$defs"], ()) - known == set()


def _ways(described: Mapping[str, Any], definitions: Mapping[str, Any], path: Way) -> set[Way]:
    found: set[Way] = set()
    for name, field in described["properties"].items():
        whole = next((one for one in field.get("anyOf", ()) if one.get("type") != "null"), field)
        whole = definitions[whole["$ref"].rpartition("/")[2]] if "$ref" in whole else whole
        if "properties" in whole:
            found |= _ways(whole, definitions, (*path, name))
        elif "$ref" in whole.get("items", {}):
            found |= _ways(definitions[whole["items"]["$ref"].rpartition("/")[2]], definitions, (*path, name, 0))
        else:
            found.add((*path, name))
    return found
