"""Appointments and authority: always with an amount, never one's own (DOMAIN.md, A6)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ledger.decider import By, Kind, Private
from services.routing.domain.officer import (
    OFFICER,
    AppointOfficer,
    AuthorityEnded,
    AuthorityGranted,
    EndAuthority,
    GrantAuthority,
    OfficerAppointed,
)
from tests.scenario import given

NOW = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
PUBLISHER = By("officer-publisher", "settings_publisher", team="management-team")

APPOINT = AppointOfficer(
    PUBLISHER, "officer-pm", "practice_manager", "north-practice", "adults", "Ada Example", "pm@council.example"
)
APPOINTED = OfficerAppointed(
    "officer-pm",
    "practice_manager",
    "north-practice",
    "adults",
    Private("officer-pm", "Ada Example"),
    Private("officer-pm", "pm@council.example"),
)
GRANT = GrantAuthority(PUBLISHER, "officer-pm", 100_000, NOW, None)
GRANTED = AuthorityGranted("officer-pm", 100_000, NOW, None)
END = EndAuthority(PUBLISHER, "officer-pm", NOW + timedelta(days=1))
ENDED = AuthorityEnded("officer-pm", NOW + timedelta(days=1))


def test_an_officer_is_appointed_with_name_and_address_as_their_own_private_text() -> None:
    given(OFFICER).when(APPOINT).then(APPOINTED)


def test_an_officer_is_appointed_once() -> None:
    given(OFFICER, APPOINTED).when(APPOINT).then_refused("ALREADY_APPOINTED")


def test_authority_is_granted_up_to_an_amount_that_may_be_nothing() -> None:
    given(OFFICER, APPOINTED).when(GRANT).then(GRANTED)
    nothing = replace(GRANT, limit_weekly_pence=0)
    given(OFFICER, APPOINTED).when(nothing).then(replace(GRANTED, limit_weekly_pence=0))


def test_the_same_grant_once_more_is_nothing_new_and_another_takes_its_place() -> None:
    given(OFFICER, APPOINTED, GRANTED).when(GRANT).then_nothing()
    more = replace(GRANT, limit_weekly_pence=100_001)
    replaced = replace(GRANTED, limit_weekly_pence=100_001)
    given(OFFICER, APPOINTED, GRANTED).when(more).then(replaced)
    given(OFFICER, APPOINTED, GRANTED, replaced).when(GRANT).then(GRANTED)


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(microseconds=1)])
def test_authority_that_would_end_before_it_begins_is_refused(until: datetime) -> None:
    given(OFFICER, APPOINTED).when(replace(GRANT, until_at=until)).then_refused("PERIOD_BACKWARDS")


def test_authority_is_ended_at_once_and_only_while_there_is_one() -> None:
    given(OFFICER, APPOINTED, GRANTED).when(END).then(ENDED)
    given(OFFICER, APPOINTED).when(END).then_refused("NO_AUTHORITY")
    given(OFFICER, APPOINTED, GRANTED, ENDED).when(END).then_refused("NO_AUTHORITY")
    given(OFFICER, APPOINTED, GRANTED, ENDED).when(GRANT).then(GRANTED)


@pytest.mark.parametrize("command", [GRANT, END])
def test_whoever_was_never_appointed_is_not_found(command: GrantAuthority | EndAuthority) -> None:
    assert given(OFFICER).when(command).then_refused("NOT_FOUND").kind is Kind.NOT_FOUND


@pytest.mark.parametrize("command", [APPOINT, GRANT, END])
def test_nobody_changes_their_own_role_or_limit(command: AppointOfficer | GrantAuthority | EndAuthority) -> None:
    own = replace(command, by=replace(PUBLISHER, actor="officer-pm"))
    assert given(OFFICER, APPOINTED, GRANTED).when(own).then_refused("OWN_AUTHORITY").kind is Kind.NOT_ALLOWED


@pytest.mark.parametrize("command", [APPOINT, GRANT, END])
def test_only_a_settings_publisher_appoints_and_grants(command: AppointOfficer | GrantAuthority | EndAuthority) -> None:
    other = replace(command, by=replace(PUBLISHER, role="head_of_service"))
    given(OFFICER, APPOINTED, GRANTED).when(other).then_refused("NOT_A_PUBLISHER")
