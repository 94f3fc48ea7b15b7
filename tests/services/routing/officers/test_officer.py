"""Appointments and authority: always with an amount, never one's own (DOMAIN.md, A6)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from councils.packs import pack_settings
from councils.settings import Settings
from ledger.decider import Acting, By, Kind, Private
from services.routing.officers.domain.officer import (
    OFFICER,
    AcknowledgeTerms,
    AppointOfficer,
    AuthorityEnded,
    AuthorityGranted,
    ChangeRole,
    EndAuthority,
    GrantAuthority,
    OfficerAppointed,
    RecordTraining,
    TermsAcknowledged,
    TrainingRecorded,
)
from tests.scenario import given

NOW = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def acting(
    actor: str = "officer-publisher",
    role: str = "settings_publisher",
    *,
    at: datetime = NOW,
    settings: Settings | None = None,
) -> Acting[Settings | None]:
    return Acting(By(actor, role, team="management-team"), at, settings)


APPOINT = AppointOfficer(
    "officer-pm", "practice_manager", "north-practice", "adults", "Ada Example", "pm@council.example"
)
APPOINTED = OfficerAppointed(
    "officer-pm",
    "practice_manager",
    "north-practice",
    "adults",
    Private("officer-pm", "Ada Example"),
    Private("officer-pm", "pm@council.example"),
)
GRANT = GrantAuthority("officer-pm", 100_000, NOW, None)
GRANTED = AuthorityGranted("officer-pm", 100_000, NOW, None)
END = EndAuthority("officer-pm")
ENDED = AuthorityEnded("officer-pm", LATER)
CHANGE = ChangeRole("officer-pm", "head_of_service", "", "adults", "Ada Example", "pm@council.example")
SHROPSHIRE = pack_settings("shropshire", version=1, in_force_from=NOW)
DONCASTER = pack_settings("doncaster", version=1, in_force_from=NOW)


Giving = AppointOfficer | ChangeRole | GrantAuthority | EndAuthority


def test_an_officer_is_appointed_with_name_and_address_as_their_own_private_text() -> None:
    given(OFFICER).when(APPOINT, acting()).then(APPOINTED)


def test_an_officer_is_appointed_once() -> None:
    given(OFFICER, APPOINTED).when(APPOINT, acting()).then_refused("ALREADY_APPOINTED")


def test_authority_is_granted_up_to_an_amount_that_may_be_nothing() -> None:
    given(OFFICER, APPOINTED).when(GRANT, acting()).then(GRANTED)
    nothing = replace(GRANT, limit_weekly_pence=0)
    given(OFFICER, APPOINTED).when(nothing, acting()).then(replace(GRANTED, limit_weekly_pence=0))


def test_the_same_grant_once_more_is_nothing_new_and_another_takes_its_place() -> None:
    given(OFFICER, APPOINTED, GRANTED).when(GRANT, acting()).then_nothing()
    more = replace(GRANT, limit_weekly_pence=100_001)
    replaced = replace(GRANTED, limit_weekly_pence=100_001)
    given(OFFICER, APPOINTED, GRANTED).when(more, acting()).then(replaced)
    given(OFFICER, APPOINTED, GRANTED, replaced).when(GRANT, acting()).then(GRANTED)


@pytest.mark.parametrize("until", [NOW, NOW - timedelta(microseconds=1)])
def test_authority_that_would_end_before_it_begins_is_refused(until: datetime) -> None:
    given(OFFICER, APPOINTED).when(replace(GRANT, until_at=until), acting()).then_refused("PERIOD_BACKWARDS")


def test_authority_is_ended_at_once_and_only_while_there_is_one() -> None:
    given(OFFICER, APPOINTED, GRANTED).when(END, acting(at=LATER)).then(ENDED)
    given(OFFICER, APPOINTED).when(END, acting(at=LATER)).then_refused("NO_AUTHORITY")
    given(OFFICER, APPOINTED, GRANTED, ENDED).when(END, acting(at=LATER)).then_refused("NO_AUTHORITY")
    given(OFFICER, APPOINTED, GRANTED, ENDED).when(GRANT, acting()).then(GRANTED)


@pytest.mark.parametrize("command", [CHANGE, GRANT, END])
def test_whoever_was_never_appointed_is_not_found(command: Giving) -> None:
    assert given(OFFICER).when(command, acting()).then_refused("NOT_FOUND").kind is Kind.NOT_FOUND


@pytest.mark.parametrize("role", ["settings_publisher", "practice_manager"])
@pytest.mark.parametrize("command", [APPOINT, CHANGE, GRANT, END])
def test_nobody_changes_their_own_role_or_limit(command: Giving, role: str) -> None:
    """A6: an approver changes their own limit or role, 403; a publisher their own no more."""
    own = acting("officer-pm", role)
    assert given(OFFICER, APPOINTED, GRANTED).when(command, own).then_refused("OWN_AUTHORITY").kind is Kind.NOT_ALLOWED


@pytest.mark.parametrize("command", [APPOINT, CHANGE, GRANT, END])
def test_only_a_settings_publisher_appoints_and_grants(command: Giving) -> None:
    given(OFFICER, APPOINTED, GRANTED).when(command, acting(role="head_of_service")).then_refused("NOT_A_PUBLISHER")


# Another role ---------------------------------------------------------------------------------------------------


def test_authority_ends_with_the_role_that_it_was_granted_to() -> None:
    """A6: whoever becomes something else begins without a limit."""
    becomes = replace(APPOINTED, role="head_of_service", team="")
    given(OFFICER, APPOINTED, GRANTED).when(CHANGE, acting(at=LATER)).then(ENDED, becomes)
    given(OFFICER, APPOINTED).when(CHANGE, acting(at=LATER)).then(becomes)


def test_authority_goes_along_to_another_team() -> None:
    moved = replace(CHANGE, role="practice_manager", team="south-practice")
    given(OFFICER, APPOINTED, GRANTED).when(moved, acting()).then(replace(APPOINTED, team="south-practice"))


# What a role may be given at most -------------------------------------------------------------------------------


def test_nobody_is_granted_more_than_the_settings_give_to_their_role() -> None:
    """A1, A18: Shropshire's practice managers up to £1,000.00 a week."""
    given(OFFICER, APPOINTED).when(GRANT, acting(settings=SHROPSHIRE)).then(GRANTED)
    above = replace(GRANT, limit_weekly_pence=100_001)
    refused = given(OFFICER, APPOINTED).when(above, acting(settings=SHROPSHIRE)).then_refused("ABOVE_ROLE_LIMIT")
    assert refused.facts["weekly_pence"] == 100_000


def test_a_role_to_which_the_settings_delegate_nothing_is_granted_nothing() -> None:
    """A6: no limit means none, also for whoever would grant one."""
    manager = replace(APPOINTED, role="team_manager")
    given(OFFICER, manager).when(GRANT, acting(settings=SHROPSHIRE)).then_refused("ROLE_WITHOUT_LIMIT")


@pytest.mark.parametrize(("weekly", "allowed"), [(94_230, True), (94_231, False)])
def test_a_weekly_limit_is_held_to_the_years_where_the_settings_say_a_year(weekly: int, allowed: bool) -> None:
    """A7: £942.30 a week is £48,999.60 a year and within £49,000.00; £942.31 is £49,000.12."""
    manager = replace(APPOINTED, role="team_manager")
    grant = replace(GRANT, limit_weekly_pence=weekly, limit_yearly_pence=4_900_000)
    outcome = given(OFFICER, manager).when(grant, acting(settings=DONCASTER))
    if allowed:
        outcome.then(replace(GRANTED, limit_weekly_pence=weekly, limit_yearly_pence=4_900_000))
    else:
        outcome.then_refused("ABOVE_ROLE_LIMIT")
    too_much = replace(grant, limit_weekly_pence=94_230, limit_yearly_pence=4_900_001)
    given(OFFICER, manager).when(too_much, acting(settings=DONCASTER)).then_refused("ABOVE_ROLE_LIMIT")


def test_a_grant_that_would_end_before_it_begins_and_is_too_much_is_told_both() -> None:
    """A1: everything that stands in the way at once."""
    grant = replace(GRANT, limit_weekly_pence=100_001, until_at=NOW)
    refused = given(OFFICER, APPOINTED).when(grant, acting(settings=SHROPSHIRE)).then_refused("PERIOD_BACKWARDS")
    found = [(one.pointer, one.code) for one in refused.failing]
    assert found == [("/until_at", "PERIOD_BACKWARDS"), ("/limit_weekly_pence", "ABOVE_ROLE_LIMIT")]


def test_what_is_paid_once_has_its_own_most() -> None:
    """A18: Leeds' team managers up to £100.00 under section 17."""
    leeds = SHROPSHIRE.model_copy(
        update={"delegated_limits": {"team_manager": 0}, "delegated_limits_one_off": {"team_manager": 10_000}}
    )
    manager = replace(APPOINTED, role="team_manager")
    grant = replace(GRANT, limit_weekly_pence=0, limit_one_off_pence=10_000)
    given(OFFICER, manager).when(grant, acting(settings=leeds)).then(
        replace(GRANTED, limit_weekly_pence=0, limit_one_off_pence=10_000)
    )
    given(OFFICER, manager).when(replace(grant, limit_one_off_pence=10_001), acting(settings=leeds)).then_refused(
        "ABOVE_ROLE_LIMIT"
    )


# What they have learnt and read ---------------------------------------------------------------------------------

TRAINER = acting("officer-administrator", "panel_administrator")
TRAIN = RecordTraining("officer-pm", "PANEL_MEMBER", date(2025, 10, 6), date(2026, 10, 5))
TRAINED = TrainingRecorded("officer-pm", "PANEL_MEMBER", date(2025, 10, 6), date(2026, 10, 5), "officer-administrator")
SELF = acting("officer-pm", "practice_manager")
READ = AcknowledgeTerms("officer-pm", 2, frozenset({1, 2}))


def test_training_is_recorded_once_and_anew_when_it_is_renewed() -> None:
    """C11, B18 rest on it."""
    given(OFFICER, APPOINTED).when(TRAIN, TRAINER).then(TRAINED)
    given(OFFICER, APPOINTED, TRAINED).when(TRAIN, acting()).then_nothing()
    renewed = replace(TRAIN, completed_on=date(2026, 10, 5), valid_until=None)
    given(OFFICER, APPOINTED, TRAINED).when(renewed, TRAINER).then(
        replace(TRAINED, completed_on=date(2026, 10, 5), valid_until=None)
    )


def test_training_that_would_run_out_before_it_was_completed_is_refused() -> None:
    given(OFFICER, APPOINTED).when(replace(TRAIN, valid_until=date(2025, 10, 5)), TRAINER).then_refused(
        "PERIOD_BACKWARDS"
    )


def test_training_is_recorded_by_others_who_keep_the_records_of_officers_that_there_are() -> None:
    own = acting("officer-pm", "panel_administrator")
    given(OFFICER, APPOINTED).when(TRAIN, own).then_refused("OWN_TRAINING")
    member = acting("officer-administrator", "member")
    given(OFFICER, APPOINTED).when(TRAIN, member).then_refused("NOT_A_TRAINING_OFFICER")
    given(OFFICER).when(TRAIN, TRAINER).then_refused("NOT_FOUND")


def test_an_officer_acknowledges_a_version_for_themselves_and_once() -> None:
    """A17: officers who have not acknowledged the new terms can be told from those who have."""
    given(OFFICER, APPOINTED).when(READ, SELF).then(TermsAcknowledged("officer-pm", 2))
    given(OFFICER, APPOINTED, TermsAcknowledged("officer-pm", 2)).when(READ, SELF).then_nothing()
    given(OFFICER, APPOINTED, TermsAcknowledged("officer-pm", 1)).when(READ, SELF).then(
        TermsAcknowledged("officer-pm", 2)
    )
    given(OFFICER, APPOINTED).when(READ, acting()).then_refused("NOT_YOURS_TO_ACKNOWLEDGE")


def test_what_is_not_published_cannot_be_acknowledged_nor_by_whoever_is_no_officer() -> None:
    """A17."""
    given(OFFICER, APPOINTED).when(replace(READ, settings_version=3), SELF).then_refused("NOT_FOUND")
    given(OFFICER).when(READ, SELF).then_refused("NOT_FOUND")
