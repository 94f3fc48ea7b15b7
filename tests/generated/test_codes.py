"""The catalogue of codes is whole: each has one status, one title and advice, and routes list what they come to say."""

from collections import Counter, defaultdict

import pytest
from jsonschema import Draft202012Validator

from contracts.problems import catalogue
from councils.packs import load_pack, packs
from edge.refusable import ALWAYS, BEFORE, BY_HEADER, FILE, JSON, SIGNED_IN
from tests.generated import codes, settings_schema
from tests.generated.reach import everything, said_by
from tests.generated.source import Said


def test_a_code_has_one_status_in_all_services() -> None:
    places: dict[str, list[Said]] = defaultdict(list)
    for said in everything():
        places[said.code].append(said)
    several = {code: sorted(statuses) for code, found in places.items() if len(statuses := codes.statuses(found)) > 1}
    assert several == {}


def test_a_code_has_a_title_of_its_own_and_advice_and_none_stands_there_that_nobody_says() -> None:
    assert codes.unsaid() == []
    titles = Counter(one.title for one in codes.meanings())
    assert [title for title, times in titles.items() if times > 1] == []
    assert [one.code for one in codes.meanings() if not one.do.endswith(".") or one.title.endswith(".")] == []


def test_the_codes_of_every_kind_of_call_are_in_the_catalogue() -> None:
    named = {*ALWAYS, *BEFORE, *SIGNED_IN, *JSON, *FILE, *(code for many in BY_HEADER.values() for code in many)}
    assert named <= catalogue().keys()


@pytest.mark.parametrize(
    ("route", "says", "says_not"),
    [
        ("services.panel.decisions.routes decide_by_panel", {"PLAN_AMENDMENT", "COST_ONLY"}, {"NO_LIMIT", "HIGH_COST"}),
        ("services.panel.sittings.routes close_item", {"ITEM_NOT_OPEN", "MINUTES_SIGNED"}, {"NOT_QUORATE"}),
        ("services.panel.decisions.routes open_sitting", {"NOT_QUORATE", "NO_CHAIR"}, {"AGENDA_FULL"}),
        ("services.intake.applications.routes submit", {"LATE", "NEEDS_MISSING"}, {"NOT_YOUR_TEAM", "FAMILY_FULL"}),
        ("services.routing.settings.routes publish_settings", {"TABLE_OPEN", "TOO_SOON"}, {"ALREADY_RETIRED"}),
        ("services.intake.applications.routes start", {"NOT_YOUR_TEAM", "NOT_AN_ADDRESS"}, {"LATE"}),
    ],
)
def test_a_route_has_the_codes_of_its_own_command_and_no_others(route: str, says: set[str], says_not: set[str]) -> None:
    found = {one.code for one in said_by(*route.split())}
    assert says <= found
    assert not says_not & found


def test_the_schema_of_settings_takes_every_pack_and_refuses_an_unknown_member() -> None:
    schema = settings_schema.schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for slug in packs():
        assert list(validator.iter_errors(load_pack(slug))) == [], slug
    assert not validator.is_valid({**load_pack("swindon"), "quorums": 3})
    assert schema["$defs"]["OutOfPanel"]["properties"]["grounds"]["description"] == "What counts as exceptional."
