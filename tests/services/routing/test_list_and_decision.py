"""Who could decide, as routing lists it, and who may, as panel judges it: one answer for every officer (A6)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from councils.packs import pack_settings
from councils.scheme import Facts, route, yearly_pence
from councils.settings import Limit, Settings
from ledger.decider import By, Private, Refused
from services.panel.domain.case import Case, Concerned, Route
from services.panel.domain.ruling import DecideByDelegation, by_delegation
from services.routing.domain.deciding import Officer, Submitted, hindered

NOW = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
APPLICATION = UUID("6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c001")
SETTINGS = [pack_settings(slug, version=1, in_force_from=NOW) for slug in ("shropshire", "doncaster")]
NAME = Private("person-1", None, "c2VhbGVk", "application", "name")
CONCERNED = Concerned("person-1", NAME, None, "officer-sw", "team", "officer-tm", "service", "officer-sm", ())

amounts = st.one_of(st.integers(0, 120_000), st.sampled_from([0, 1, 94_230, 94_231, 99_999, 100_000, 100_001]))
most = st.one_of(amounts, st.integers(0, 400_000), st.none())
limits = st.builds(
    Limit,
    weekly_pence=most,
    yearly_pence=st.one_of(st.none(), st.integers(0, 12_000_000), st.just(4_900_000)),
    one_off_pence=most,
)
_moments = {"before": NOW - timedelta(microseconds=1), "now": NOW, "after": NOW + timedelta(microseconds=1)}
officers = st.builds(
    Officer,
    officer=st.sampled_from(["officer-pm"] * 7 + ["officer-sw"]),
    role=st.just("practice_manager"),
    limit=limits,
    from_at=st.sampled_from([*[_moments["before"]] * 4, *[_moments["now"]] * 4, _moments["after"], None]),
    until_at=st.sampled_from([*[None] * 4, *[_moments["after"]] * 4, _moments["now"], _moments["before"]]),
)
plans = st.builds(
    Facts,
    kind=st.just("SUPPORT_PLAN"),
    weekly_pence=amounts,
    one_off_pence=st.one_of(st.just(0), amounts),
    indicative_weekly_pence=st.one_of(st.none(), amounts),
    complex=st.sampled_from([False, False, False, True]),
)


def in_force(officer: Officer) -> Limit | None:
    """The authority that panel finds for an officer at this moment: from its first instant on, before its last."""
    begun = officer.from_at is not None and officer.from_at <= NOW
    ended = officer.until_at is not None and officer.until_at <= NOW
    return officer.limit if begun and not ended and officer.limit != Limit() else None


def decided(settings: Settings, officer: Officer, facts: Facts) -> str | None:
    """The code with which panel refuses this officer's decision, or None where it stands."""
    found = route(settings, facts)
    case = Case(
        APPLICATION, facts.kind, facts.weekly_pence, facts.one_off_pence, facts.indicative_weekly_pence or 0,
        facts.complex, facts.distinctive, NOW, 1,
    )  # fmt: skip
    way = Route(found.route, found.forum, None, found.reasons, 1, found.table, found.row)
    by = By(officer.officer, officer.role)
    command = DecideByDelegation(by, NOW, APPLICATION, in_force(officer), settings, "AGREED")
    try:
        by_delegation(command, case, CONCERNED, way)
    except Refused as refused:
        return refused.code
    return None


@given(st.sampled_from(SETTINGS), officers, plans)
def test_the_list_of_deciders_and_the_decision_never_disagree(
    settings: Settings, officer: Officer, facts: Facts
) -> None:
    """A6, A7: the same code for whoever may not, and none for whoever may."""
    found = route(settings, facts)
    submitted = Submitted(str(APPLICATION), "officer-sw", facts, found.route, found.forum, None, "open")
    assert hindered(officer, submitted, settings, NOW) == decided(settings, officer, facts)


@given(st.sampled_from(SETTINGS), officers, plans)
def test_no_officer_ever_decides_above_the_authority_in_force_at_that_moment(
    settings: Settings, officer: Officer, facts: Facts
) -> None:
    """A1, A6, A7: said without the rule itself, period by period."""
    if decided(settings, officer, facts) is not None:
        return
    limit = in_force(officer)
    assert limit is not None
    assert officer.officer != "officer-sw"
    once_apart = limit.one_off_pence is not None
    assert not once_apart or facts.one_off_pence <= (limit.one_off_pence or 0)
    if limit.weekly_pence is not None:
        assert facts.weekly_pence <= limit.weekly_pence
    if limit.yearly_pence is not None:
        counted = 0 if once_apart else facts.one_off_pence
        assert yearly_pence(settings, facts.weekly_pence, counted) <= limit.yearly_pence
    elif limit.weekly_pence is not None and not once_apart:
        assert facts.weekly_pence + facts.one_off_pence <= limit.weekly_pence
    else:
        assert limit.weekly_pence is not None or facts.weekly_pence == 0
