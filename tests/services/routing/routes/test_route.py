"""The way of an application: by the version it names, with table and row, once (DOMAIN.md, A1-A5, A8, A14)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from councils.facts import Facts
from councils.packs import pack_settings
from councils.settings import DecisionTable, Settings
from ledger.decider import Acting, By
from services.routing.routes.domain.route import ROUTE, Asked, Rerouted, RouteApplication, RouteChangedCost, Routed, Way
from tests.scenario import given

IN_FORCE = datetime(2026, 10, 5, 8, 15, tzinfo=UTC)
RECEIVED = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
SHROPSHIRE = pack_settings("shropshire", version=4, in_force_from=IN_FORCE)
SWINDON = pack_settings("swindon", version=1, in_force_from=IN_FORCE)
ASKED = Asked("CARE_PANEL", date(2026, 10, 20))
APPLICATION = "6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c001"


def acting(settings: Settings = SHROPSHIRE, *, at: datetime = RECEIVED) -> Acting[Settings]:
    return Acting(By("service:routing", "service"), at, settings)


def submitted(weekly_pence: int, *, times: int = 1) -> RouteApplication:
    facts = Facts("SUPPORT_PLAN", weekly_pence, indicative_weekly_pence=95_000)
    return RouteApplication(APPLICATION, facts, Asked(), times)


DELEGATED = Way(
    route="DELEGATED",
    forum=None,
    sitting_on=None,
    reasons=("UNDER_LIMIT",),
    settings_version=4,
    table="delegated-authority",
    row="under-1000",
    inputs={
        "kind": "SUPPORT_PLAN",
        "weekly_pence": 99_999,
        "one_off_pence": 0,
        "amount_pence": 99_999,
        "yearly_pence": 5_199_948,
        "over_tolerance": False,
        "complex": False,
        "distinctive": False,
        "indicative_weekly_pence": 95_000,
        "increase_percent": "5.2621",
    },
    limit_weekly_pence=100_000,
)


def way_of(command: RouteApplication, under: Acting[Settings] | None = None) -> Way:
    events = ROUTE.decide(command, ROUTE.initial, under or acting())
    (event,) = events
    assert isinstance(event, Routed)
    return event.way


def test_999_99_is_delegated_and_the_event_says_by_which_row() -> None:
    given(ROUTE).when(submitted(99_999), acting()).then(Routed(APPLICATION, DELEGATED, 1))


def test_1000_01_is_for_the_next_weekly_call_whose_cut_off_allows() -> None:
    way = way_of(submitted(100_001))
    assert (way.route, way.forum, way.sitting_on) == ("PANEL", "CONFERENCE_CALL", date(2026, 10, 8))
    late = way_of(submitted(100_001), acting(at=datetime(2026, 10, 7, 16, 0, 0, 1, tzinfo=UTC)))
    assert late.sitting_on == date(2026, 10, 15)


def test_a_submission_for_a_sitting_keeps_that_sitting() -> None:
    command = RouteApplication(APPLICATION, Facts("PLACEMENT_MOVE", 612_308), ASKED, 1)
    way = way_of(command, acting(SWINDON))
    assert (way.forum, way.sitting_on, way.reasons) == ("CARE_PANEL", date(2026, 10, 20), ("PLACEMENT_MOVE",))
    assert way.limit_weekly_pence is None


def test_the_version_named_decides_and_history_keeps_it() -> None:
    lower = SHROPSHIRE.model_copy(update={"version": 5, "scheme": _with_limit(50_000)})
    assert way_of(submitted(99_999)).route == "DELEGATED"
    now = way_of(submitted(99_999), acting(lower))
    assert (now.route, now.settings_version) == ("PANEL", 5)


def _with_limit(pence: int) -> DecisionTable:
    rules = SHROPSHIRE.scheme.rules
    over = {**rules[0], "weekly": f"> {pence}"}
    return SHROPSHIRE.scheme.model_copy(update={"rules": (over, *rules[1:])})


def test_the_same_submission_heard_twice_is_routed_once() -> None:
    given(ROUTE, Routed(APPLICATION, DELEGATED, 1)).when(submitted(99_999), acting()).then_nothing()


def test_a_resubmission_by_the_same_row_is_routed_again_so_that_panel_takes_it_back() -> None:
    again = submitted(99_999, times=2)
    given(ROUTE, Routed(APPLICATION, DELEGATED, 1)).when(again, acting()).then(Rerouted(APPLICATION, DELEGATED, 2))


def test_a_resubmission_that_takes_another_way_is_rerouted() -> None:
    dearer, later = submitted(100_001, times=2), acting(at=RECEIVED + timedelta(days=2))
    rerouted = Rerouted(APPLICATION, way_of(dearer, later), 2)
    given(ROUTE, Routed(APPLICATION, DELEGATED, 1)).when(dearer, later).then(rerouted)


def test_a_changed_cost_reroutes_only_when_another_row_decides() -> None:
    routed = given(ROUTE, Routed(APPLICATION, DELEGATED, 1))
    cost = RouteChangedCost(APPLICATION, {"weekly_pence": 99_000})
    routed.when(cost, acting()).then_nothing()
    over = replace(cost, said={"weekly_pence": 100_001})
    routed.when(over, acting()).then(Rerouted(APPLICATION, way_of(submitted(100_001)), 1))


def test_a_changed_cost_keeps_the_sitting_it_was_routed_to() -> None:
    first = RouteApplication(APPLICATION, Facts("SUPPORT_PLAN", 100_000), Asked(), 1)
    history = Routed(APPLICATION, way_of(first), 1)
    dearer = RouteChangedCost(APPLICATION, {"weekly_pence": 100_001})
    events = given(ROUTE, history).when(dearer, acting(at=RECEIVED + timedelta(days=14))).events
    assert [(event.way.row, event.way.sitting_on) for event in events] == [("over-1000", date(2026, 10, 8))]


def test_a_changed_cost_of_what_was_never_routed_is_not_found() -> None:
    given(ROUTE).when(RouteChangedCost(APPLICATION, {"weekly_pence": 1}), acting()).then_refused("NOT_FOUND")


def test_the_facts_of_a_route_can_be_read_back_from_it() -> None:
    facts = Facts("SUPPORT_PLAN", 99_999, 12_345, 95_000, complex=True, distinctive=True)
    way = way_of(RouteApplication(APPLICATION, facts, Asked(), 1))
    assert Facts.read(way.inputs) == facts
