"""Who could decide an application now, and whom it waits on (DOMAIN.md, A1, A6, A7, A10, A16, A18)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from councils.facts import Facts, ResourceLine
from councils.packs import pack_settings
from councils.scheme import route
from councils.settings import Limit, Settings
from services.routing.routes.domain.deciding import Officer, Standing, Submitted, Waiting, hindered, waiting

NOW = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
SHROPSHIRE = pack_settings("shropshire", version=4, in_force_from=NOW)
DONCASTER = pack_settings("doncaster", version=1, in_force_from=NOW)
SWINDON = pack_settings("swindon", version=1, in_force_from=NOW)
WEEK = timedelta(days=7)


def submitted(settings: Settings, facts: Facts, standing: Standing = "open") -> Submitted:
    found = route(settings, facts)
    day = date(2026, 10, 13) if found.forum else None
    return Submitted("application-1", "officer-sw", facts, found.route, found.forum, day, standing)


PLAN = submitted(SHROPSHIRE, Facts("SUPPORT_PLAN", 99_999))
MANAGER = Officer("officer-pm", "practice_manager", Limit(weekly_pence=100_000), NOW - WEEK, None)


def test_an_officer_within_their_limit_could_decide_it() -> None:
    """A1."""
    assert hindered(MANAGER, PLAN, SHROPSHIRE, NOW) is None
    assert waiting(PLAN, [MANAGER], SHROPSHIRE, NOW) == Waiting("DELEGATED_DECISION", ("officer-pm",))


def test_whoever_began_it_could_not_however_high_their_limit() -> None:
    """A6: a worker who also holds the approver role."""
    assert hindered(replace(MANAGER, officer="officer-sw"), PLAN, SHROPSHIRE, NOW) == "SELF_APPROVAL"


@pytest.mark.parametrize(
    "officer",
    [
        Officer("officer-pm", "practice_manager"),
        replace(MANAGER, from_at=NOW + timedelta(microseconds=1)),
        replace(MANAGER, until_at=NOW),
    ],
    ids=["never granted", "not begun", "expired"],
)
def test_without_authority_in_force_nobody_decides_a_penny(officer: Officer) -> None:
    """A6: £0.01; the first instant of authority counts, its last does not."""
    penny = submitted(SHROPSHIRE, Facts("SUPPORT_PLAN", 1))
    assert hindered(officer, penny, SHROPSHIRE, NOW) == "NO_LIMIT"
    assert hindered(replace(MANAGER, from_at=NOW, until_at=NOW + WEEK), penny, SHROPSHIRE, NOW) is None


@pytest.mark.parametrize(("once", "team_manager"), [(10_000, None), (10_001, "LIMIT_EXCEEDED")])
def test_100_by_the_team_manager_and_a_penny_more_by_the_service_delivery_manager(
    once: int, team_manager: str | None
) -> None:
    """A18: Leeds' figures for payments under section 17."""
    payment = submitted(SHROPSHIRE, Facts("SUPPORT_PLAN", 0, once))
    manager = replace(MANAGER, role="team_manager", limit=Limit(weekly_pence=0, one_off_pence=10_000))
    delivery = replace(
        MANAGER,
        officer="officer-sdm",
        role="service_delivery_manager",
        limit=Limit(weekly_pence=0, one_off_pence=90_000),
    )
    assert hindered(manager, payment, SHROPSHIRE, NOW) == team_manager
    assert hindered(delivery, payment, SHROPSHIRE, NOW) is None
    expected = ("officer-pm", "officer-sdm") if team_manager is None else ("officer-sdm",)
    assert waiting(payment, [manager, delivery], SHROPSHIRE, NOW).officers == expected


def test_what_is_paid_once_counts_towards_the_year_where_the_limit_is_a_years() -> None:
    """A7: £942.30 a week and £49,000.00 a year; £100.00 once beside it is too much."""
    officer = replace(MANAGER, limit=Limit(weekly_pence=94_230, yearly_pence=4_900_000))
    assert hindered(officer, submitted(DONCASTER, Facts("SUPPORT_PLAN", 94_230)), DONCASTER, NOW) is None
    with_once = replace(submitted(DONCASTER, Facts("SUPPORT_PLAN", 94_230, 10_000)), route="DELEGATED")
    assert hindered(officer, with_once, DONCASTER, NOW) == "LIMIT_EXCEEDED"


def test_what_goes_to_a_panel_nobody_decides_alone() -> None:
    """A2, A3, A4: the practice may not decide what is for the call."""
    for_the_call = submitted(SHROPSHIRE, Facts("SUPPORT_PLAN", 40_000, complex=True))
    assert hindered(MANAGER, for_the_call, SHROPSHIRE, NOW) == "NOT_DELEGATED"
    assert waiting(for_the_call, [MANAGER], SHROPSHIRE, NOW) == Waiting("PANEL")
    for weekly_pence in (100_000, 100_001):
        dearer = submitted(SHROPSHIRE, Facts("SUPPORT_PLAN", weekly_pence))
        assert hindered(MANAGER, dearer, SHROPSHIRE, NOW) == "LIMIT_EXCEEDED"


DIRECTOR = Officer("officer-director", "director_csw")
TRANSPORT = submitted(SWINDON, Facts("RESOURCES", 49_999, resources=(ResourceLine("TRANSPORT", 49_999),)))


def test_what_is_not_funded_waits_on_the_director_who_alone_may_except_it() -> None:
    """A10."""
    manager = Officer("officer-sm", "service_manager")
    found = waiting(TRANSPORT, [manager, DIRECTOR], SWINDON, NOW)
    assert found == Waiting("EXCEPTION", ("officer-director",), ("director_csw",), "NOT_FUNDED")
    own = replace(TRANSPORT, originator="officer-director")
    assert waiting(own, [manager, DIRECTOR], SWINDON, NOW).officers == ()


def test_what_goes_to_panel_by_default_waits_on_the_panel_and_says_who_could_spare_it() -> None:
    """A16."""
    found = waiting(submitted(SWINDON, Facts("OTHER", 20_000)), [DIRECTOR], SWINDON, NOW)
    assert found == Waiting("PANEL", (), ("director_csw",), "DEFAULT_REQUIRED")
    spared = submitted(SWINDON, Facts("OTHER", 20_000, granted=("DEFAULT_REQUIRED",)))
    assert waiting(spared, [DIRECTOR], SWINDON, NOW) == Waiting("NOTHING")


def test_a_case_of_complex_health_waits_on_its_own_panel() -> None:
    """A11."""
    crisis = Facts("CRISIS", 0, section="20", disability_team=True, complex_health=True)
    assert waiting(submitted(SWINDON, crisis), [DIRECTOR], SWINDON, NOW) == Waiting("OTHER_PANEL")


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        ("deferred", Waiting("FURTHER_WORK", ("officer-sw",))),
        ("returned", Waiting("RESUBMISSION", ("officer-sw",))),
        ("over", Waiting("NOTHING")),
    ],
)
def test_what_was_sent_back_waits_on_whoever_began_it(standing: Standing, expected: Waiting) -> None:
    assert waiting(replace(PLAN, standing=standing), [MANAGER], SHROPSHIRE, NOW) == expected
