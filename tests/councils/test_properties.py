"""What holds for every application under every pack: one route, never less authority for more money, in any order."""

import json
from dataclasses import replace

import pytest
import zen
from hypothesis import given, settings
from hypothesis import strategies as st

from councils.cells import matches, rows
from councils.facts import INPUTS, RESOURCE_INPUTS, Facts, resource_inputs, table_inputs
from councils.jdm import as_jdm
from councils.scheme import hits, preview, route
from councils.settings import Settings
from tests.councils.cases import COUNCILS, IN_FORCE, LINES, applications

EVERY_PACK = pytest.mark.parametrize("slug", COUNCILS)

AUTHORITY = {"NOT_FUNDED": 0, "NOT_REQUIRED": 1, "DELEGATED": 2, "PANEL": 3, "COMPLEX_HEALTH_NEEDS_PANEL": 3}
"""How high a route reaches. What is not funded is nobody's to decide, so more money may make it somebody's; between the
two panels money decides nothing, and neither is below the other."""


@EVERY_PACK
@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_every_application_has_exactly_one_route_named_by_a_row_that_exists(slug: str, data: st.DataObject) -> None:
    council = COUNCILS[slug]
    facts = data.draw(applications(council))
    routing = route(council, facts)
    tables = {table.name: table for table in (council.scheme, council.exclusions) if table is not None}
    assert routing.row in {rule["_id"] for rule in tables[routing.table].rules}
    assert routing.route in AUTHORITY
    assert routing.reasons
    assert (routing.route == "PANEL") == (routing.forum in council.forums)
    assert routing.settings_version == council.version


@EVERY_PACK
@settings(max_examples=120, deadline=None)
@given(data=st.data(), more=st.integers(1, 10**12) | st.integers(1, 5))
def test_a_higher_cost_never_leads_to_a_lower_authority(slug: str, data: st.DataObject, more: int) -> None:
    """A dearer application is the same one with more for a week or once, on the whole or on one of its resources."""
    council = COUNCILS[slug]
    facts = data.draw(applications(council))
    before = AUTHORITY[route(council, facts).route]
    for dearer in _dearer(facts, more):
        assert AUTHORITY[route(council, dearer).route] >= before


def _dearer(facts: Facts, more: int) -> list[Facts]:
    weekly = replace(facts, weekly_pence=facts.weekly_pence + more)
    once = replace(facts, one_off_pence=facts.one_off_pence + more)
    found = [weekly, once]
    for place, line in enumerate(facts.resources):
        rest = (facts.resources[:place], facts.resources[place + 1 :])
        dear = (
            replace(line, weekly_pence=line.weekly_pence + more),
            replace(line, one_off_pence=line.one_off_pence + more),
        )
        found += [
            replace(whole, resources=(*rest[0], one, *rest[1])) for whole, one in zip((weekly, once), dear, strict=True)
        ]
    return found


@EVERY_PACK
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_routes_do_not_depend_on_what_was_submitted_before(slug: str, data: st.DataObject) -> None:
    council = COUNCILS[slug]
    submitted = data.draw(st.lists(applications(council), min_size=2, max_size=6))
    order = data.draw(st.permutations(range(len(submitted))))
    one_way = [route(council, facts) for facts in submitted]
    another = {place: route(council, submitted[place]) for place in order}
    assert one_way == [another[place] for place in range(len(submitted))]


@EVERY_PACK
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_order_of_an_applications_lines_changes_nothing(slug: str, data: st.DataObject) -> None:
    council = COUNCILS[slug]
    facts = data.draw(applications(council))
    turned = replace(facts, resources=tuple(data.draw(st.permutations(facts.resources))))
    one, other = route(council, facts), route(council, turned)
    assert replace(one, inputs={}) == replace(other, inputs={})


@EVERY_PACK
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_a_routing_was_shown_leads_to_the_same_routing(slug: str, data: st.DataObject) -> None:
    """Replay (A8): the inputs in an event are enough to route again, after a trip through JSON as well."""
    council = COUNCILS[slug]
    facts = data.draw(applications(council))
    routing = route(council, facts)
    again = Facts.read(json.loads(json.dumps(routing.inputs)))
    assert again == facts
    assert route(council, again) == routing


@EVERY_PACK
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_cells_mean_what_zen_says_they_mean(slug: str, data: st.DataObject) -> None:
    """The exported document decides as we do, and our reading of every cell finds the same rows."""
    council = COUNCILS[slug]
    facts = data.draw(applications(council))
    inputs = table_inputs(council, facts)
    asked = [(council.scheme, INPUTS, inputs)]
    if council.exclusions is not None:
        line = data.draw(LINES)
        asked.append((council.exclusions, RESOURCE_INPUTS, resource_inputs(inputs, [line])))
    for table, sorts, shown in asked:
        found = [row for row in rows(table, sorts) if matches(row, shown)]
        assert [hit.row for hit in hits(table, shown)] == [row.id for row in found]
        said = zen.ZenEngine().create_decision(json.dumps(as_jdm(table))).evaluate(shown)["result"]
        assert [said.get(name) or "" for name in found[0].says] == list(found[0].says.values())


@EVERY_PACK
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_preview_is_the_route_with_the_next_sitting_that_its_cut_off_allows(slug: str, data: st.DataObject) -> None:
    council: Settings = COUNCILS[slug]
    facts = data.draw(applications(council))
    seen = preview(council, facts, IN_FORCE)
    assert seen.routing == route(council, facts)
    assert (seen.sitting_on is None) == (seen.cut_off_at is None) == (seen.routing.forum is None)
    assert seen.cut_off_at is None or seen.cut_off_at >= IN_FORCE
