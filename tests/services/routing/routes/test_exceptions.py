"""Exceptions to the scheme: only by the officer the settings name, with a reason (DOMAIN.md, A10, A16)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from councils.facts import Facts, ResourceLine
from councils.packs import pack_settings
from councils.settings import Settings
from ledger.decider import Acting, By, Kind, Private
from services.routing.routes.domain.route import (
    ROUTE,
    Asked,
    ExceptionGranted,
    GrantException,
    Rerouted,
    RouteApplication,
    RouteChangedCost,
    Routed,
    RouteEvent,
)
from tests.scenario import Given, given

SWINDON = pack_settings("swindon", version=1, in_force_from=datetime(2026, 10, 5, 8, 15, tzinfo=UTC))
RECEIVED = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 10, 6, 9, 0, tzinfo=UTC)
PANEL_DAY = date(2026, 10, 13)
ASKED = Asked("CARE_PANEL", PANEL_DAY)
APPLICATION = "6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c001"
REASON = "No bus goes there before school begins."

GRANT = GrantException(APPLICATION, REASON, SWINDON, {}, "party-child", "officer-sw", "open", ASKED)


def acting(
    actor: str = "officer-director", role: str = "director_csw", *, at: datetime = LATER, settings: Settings = SWINDON
) -> Acting[Settings]:
    return Acting(By(actor, role), at, settings)


HEARD = acting("service:routing", "service", at=RECEIVED)
HEARD_LATER = acting("service:routing", "service")


def line(resource: str, weekly_pence: int, days: int | None = None) -> ResourceLine:
    return ResourceLine(resource, weekly_pence, 0, days)


def asking(*lines: ResourceLine, kind: str = "RESOURCES", **more: Any) -> Facts:
    return Facts(kind, sum(one.weekly_pence for one in lines), resources=lines, **more)


TRANSPORT = asking(line("TRANSPORT", 49_999))
NOT_FUNDED = {
    "holiday": asking(line("HOLIDAY", 100)),
    "child-minding": asking(line("CHILD_MINDING", 60_000, 92), within=("WIDER_PACKAGE",)),
    "transport-under-500": TRANSPORT,
    "home-support": asking(line("HOME_SUPPORT_LOW", 100)),
    "day-care": asking(line("DAY_CARE", 50_000), within=("HIGH_LEVEL_FAMILY_SUPPORT",)),
}
"""One application for each row of Swindon's exclusions that funds nothing."""


def submit(facts: Facts, *, times: int = 1) -> RouteApplication:
    return RouteApplication(APPLICATION, facts, ASKED, times)


def routed(facts: Facts) -> Given:
    events: list[RouteEvent] = list(ROUTE.decide(submit(facts), ROUTE.initial, HEARD))
    return given(ROUTE, *events)


def excepted(facts: Facts, *, at: datetime = LATER) -> Given:
    before = routed(facts)
    return before.and_then(*before.when(GRANT, acting(at=at)).events)


@pytest.mark.parametrize(("row", "facts"), NOT_FUNDED.items(), ids=NOT_FUNDED)
def test_the_director_lets_anything_that_is_not_funded_proceed_and_is_named_with_the_reason(
    row: str, facts: Facts
) -> None:
    """A10: no rule of A9 or A15 is without this path."""
    before = routed(facts)
    assert (before.state().way.route, before.state().way.row) == ("NOT_FUNDED", row)
    granted, rerouted = before.when(GRANT, acting()).events
    assert granted == ExceptionGranted(
        application=APPLICATION,
        exception="NOT_FUNDED",
        granted_by="officer-director",
        granted_role="director_csw",
        granted_at=LATER,
        reason=Private("party-child", REASON),
        resources=(facts.resources[0].resource,),
        weekly_pence=facts.weekly_pence,
        one_off_pence=0,
        settings_version=1,
    )
    assert isinstance(rerouted, Rerouted)
    # By the scheme as though the row were not there: at £500.00 and over to panel for its cost, below that to none.
    expected = ("PANEL", "upwards-of-500") if facts.weekly_pence >= 50_000 else ("NOT_REQUIRED", "under-500")
    assert (rerouted.way.route, rerouted.way.row) == expected
    assert rerouted.way.inputs["granted"] == ["NOT_FUNDED"]


@pytest.mark.parametrize("role", ["service_manager", "team_manager", "director_cs", "chair", "settings_publisher"])
def test_nobody_but_the_director_of_childrens_social_work_grants_it(role: str) -> None:
    """A10: a Service Manager tries, 403; A16: a Service Manager's agreement, 403."""
    for facts in (TRANSPORT, Facts("OTHER", 20_000)):
        refused = routed(facts).when(GRANT, acting(role=role)).then_refused("EXCEPTION_NOT_YOURS")
        assert (refused.kind, refused.facts["granted_by"]) == (Kind.NOT_ALLOWED, ["director_csw"])


def test_a_package_on_no_list_needs_the_panel_unless_the_director_agreed() -> None:
    """A16: £200.00, PANEL by DEFAULT_REQUIRED; with the Director's recorded agreement not required."""
    before = routed(Facts("OTHER", 20_000))
    way = before.state().way
    assert (way.route, way.reasons, way.sitting_on) == ("PANEL", ("DEFAULT_REQUIRED",), PANEL_DAY)
    granted, rerouted = before.when(GRANT, acting()).events
    assert (granted.exception, granted.weekly_pence, granted.resources) == ("DEFAULT_REQUIRED", 20_000, ())
    assert (rerouted.way.route, rerouted.way.forum, rerouted.way.sitting_on) == ("NOT_REQUIRED", None, None)
    assert rerouted.way.reasons == ("DEFAULT_REQUIRED", "EXCEPTION_GRANTED")


def test_which_role_may_grant_it_is_what_the_settings_in_force_say_not_those_it_was_routed_by() -> None:
    """A10: the role is the council's own data, and authority is judged when it is used."""
    rule = SWINDON.exceptions["NOT_FUNDED"].model_copy(update={"granted_by": ("director_cs",)})
    today = SWINDON.model_copy(update={"version": 2, "exceptions": {**SWINDON.exceptions, "NOT_FUNDED": rule}})
    routed(TRANSPORT).when(GRANT, acting(settings=today)).then_refused("EXCEPTION_NOT_YOURS")
    granted, rerouted = routed(TRANSPORT).when(GRANT, acting("officer-dcs", "director_cs", settings=today)).events
    assert (granted.settings_version, rerouted.way.settings_version) == (2, 1)


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_an_exception_without_a_reason_is_refused(reason: str) -> None:
    """A10: the Director records agreement with a reason."""
    routed(TRANSPORT).when(replace(GRANT, reason=reason), acting()).then_refused("REASON_MISSING")


def test_nobody_excepts_their_own_application() -> None:
    """A6: nobody decides their own."""
    own = replace(GRANT, originator="officer-director")
    assert routed(TRANSPORT).when(own, acting()).then_refused("SELF_APPROVAL").kind is Kind.NOT_ALLOWED


@pytest.mark.parametrize("standing", ["over", "returned", "deferred"])
def test_an_exception_is_for_an_application_that_waits_for_a_decision(standing: str) -> None:
    """A10."""
    routed(TRANSPORT).when(replace(GRANT, standing=standing), acting()).then_refused("NOT_OPEN")


def test_what_goes_to_panel_for_what_it_is_has_no_exception_and_what_was_never_routed_is_not_found() -> None:
    """A14 with A16: only DEFAULT_REQUIRED can be spared the panel."""
    routed(Facts("LOOKED_AFTER", 0)).when(GRANT, acting()).then_refused("NO_EXCEPTION")
    routed(Facts("OTHER", 50_000)).when(GRANT, acting()).then_refused("NO_EXCEPTION")
    given(ROUTE).when(GRANT, acting()).then_refused("NOT_FOUND")


def test_the_same_exception_is_not_granted_twice() -> None:
    """A10."""
    excepted(TRANSPORT).when(GRANT, acting()).then_refused("NO_EXCEPTION")
    excepted(Facts("OTHER", 20_000)).when(GRANT, acting()).then_refused("NO_EXCEPTION")


def test_one_exception_may_lead_to_what_another_is_needed_for() -> None:
    """A10, A16: day care beside an unlisted resource."""
    facts = asking(line("DAY_CARE", 10_000), kind="OTHER")
    once = excepted(facts)
    assert once.state().way.reasons == ("DEFAULT_REQUIRED",)
    way = once.and_then(*once.when(GRANT, acting()).events).state().way
    assert (way.route, way.inputs["granted"]) == ("NOT_REQUIRED", ["NOT_FUNDED", "DEFAULT_REQUIRED"])


def test_agreed_in_time_it_keeps_the_sitting_it_was_submitted_for_and_later_takes_the_next() -> None:
    """A10 with B1: what finds its way to a panel after the cut-off is for the sitting after."""
    day_care = NOT_FUNDED["day-care"]
    at_five = datetime(2026, 10, 7, 16, 0, tzinfo=UTC)
    assert excepted(day_care, at=at_five).state().way.sitting_on == PANEL_DAY
    assert excepted(day_care, at=at_five + timedelta(microseconds=1)).state().way.sitting_on == date(2026, 10, 20)


# What it holds for ----------------------------------------------------------------------------------------------


def test_an_exception_holds_when_the_application_is_submitted_again_no_dearer() -> None:
    """A10: a return for a correction does not undo it."""
    again = excepted(TRANSPORT).when(submit(TRANSPORT, times=2), HEARD_LATER).events
    assert [(event.way.route, event.times_submitted) for event in again] == [("NOT_REQUIRED", 2)]


def test_an_exception_does_not_hold_for_a_penny_more() -> None:
    """A10: it was agreed at that cost."""
    dearer = RouteChangedCost(APPLICATION, {"weekly_pence": 49_998, "resources": _lines(49_998)}, ASKED)
    excepted(TRANSPORT).when(dearer, HEARD_LATER).then_nothing()
    once = excepted(asking(line("HOLIDAY", 10_000)))
    more = RouteChangedCost(APPLICATION, {"weekly_pence": 10_001, "resources": [_line("HOLIDAY", 10_001)]}, ASKED)
    assert [event.way.route for event in once.when(more, HEARD_LATER).events] == ["NOT_FUNDED"]


def test_an_exception_does_not_hold_for_another_excluded_resource() -> None:
    """A10: it was agreed for those resources."""
    other = asking(line("TRANSPORT", 20_000), line("HOLIDAY", 10_000))
    events = excepted(TRANSPORT).when(submit(other, times=2), HEARD_LATER).events
    assert [event.way.route for event in events] == ["NOT_FUNDED"]


def _line(resource: str, weekly_pence: int) -> dict[str, Any]:
    return {"resource": resource, "weekly_pence": weekly_pence, "one_off_pence": 0, "days": None}


def _lines(weekly_pence: int) -> list[dict[str, Any]]:
    return [_line("TRANSPORT", weekly_pence)]


def test_a_route_that_was_found_before_there_were_exclusions_can_still_be_excepted_from() -> None:
    """A16: a Routed event of the first release names neither resources nor exceptions."""
    way = routed(Facts("OTHER", 20_000)).state().way
    old = given(ROUTE, Routed(APPLICATION, replace(way, exclusions=()), 1))
    assert [type(event) for event in old.when(GRANT, acting()).events] == [ExceptionGranted, Rerouted]
