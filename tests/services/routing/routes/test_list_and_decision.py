"""Who could decide, as routing lists it, and who may, as panel judges it: one answer for every officer (A6)."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from uuid import UUID

import yaml
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from councils.checks import read
from councils.facts import Facts, yearly_pence
from councils.packs import load_pack, pack_settings
from councils.scheme import route
from councils.settings import Limit, Settings
from ledger.decider import Acting, By, Private, Refused
from services.panel.decisions.decider import DECIDER
from services.panel.decisions.domain.by_delegation import DecideByDelegation
from services.panel.decisions.domain.events import Received
from services.panel.known.domain.case import Case, Concerned, Route
from services.routing.officers.domain.officer import (
    OFFICER,
    AppointOfficer,
    AuthorityEnded,
    AuthorityGranted,
    ChangeRole,
    EndAuthority,
    GrantAuthority,
    OfficerCommand,
    OfficerEvent,
    limit_of,
)
from services.routing.routes.domain.deciding import NONE, Officer, Submitted, hindered

NOW = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
APPLICATION = UUID("6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c001")
LEEDS = yaml.safe_load((Path(__file__).parents[3] / "councils" / "leeds.yaml").read_text(encoding="utf-8"))
SETTINGS = [
    *(pack_settings(slug, version=1, in_force_from=NOW) for slug in ("shropshire", "doncaster")),
    Settings.of(read({**load_pack("doncaster"), **LEEDS}), version=1, in_force_from=NOW),
]
ROLES = ("practice_manager", "team_manager", "team_manager")
"""To whom each of these schemes delegates; Leeds' sends nothing to a panel, so that limits alone hold."""
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


def in_force(officer: Officer, at: datetime = NOW) -> Limit | None:
    """The authority that panel finds for an officer at a moment: from its first instant on, before its last."""
    begun = officer.from_at is not None and officer.from_at <= at
    ended = officer.until_at is not None and officer.until_at <= at
    return officer.limit if begun and not ended and officer.limit != NONE else None


def decided(settings: Settings, who: str, limit: Limit | None, facts: Facts, at: datetime = NOW) -> str | None:
    """The code with which panel refuses this officer's decision under that authority, or None where it stands."""
    found = route(settings, facts)
    case = Case(
        APPLICATION, facts.kind, facts.weekly_pence, facts.one_off_pence, facts.indicative_weekly_pence or 0,
        facts.complex, facts.distinctive, NOW, 1,
    )  # fmt: skip
    way = Route(found.route, found.forum, None, found.reasons, 1, found.table, found.row)
    command = DecideByDelegation(APPLICATION, "AGREED", limit=limit)
    acting = Acting(By(who, "practice_manager"), at, settings)
    try:
        DECIDER.decide(command, DECIDER.fold([Received(case, CONCERNED, way)]), acting)
    except Refused as refused:
        return refused.code
    return None


def listed(settings: Settings, officer: Officer, facts: Facts, at: datetime = NOW) -> str | None:
    """The code with which routing's list says that this officer could not decide it, or None."""
    found = route(settings, facts)
    submitted = Submitted(str(APPLICATION), "officer-sw", facts, found.route, found.forum, None, "open")
    return hindered(officer, submitted, settings, at)


def require_covered(limit: Limit, settings: Settings, facts: Facts) -> None:
    """A cost is within a limit, said without the rule itself, period by period."""
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


@given(st.sampled_from(SETTINGS), officers, plans)
def test_the_list_of_deciders_and_the_decision_never_disagree(
    settings: Settings, officer: Officer, facts: Facts
) -> None:
    """A6, A7: the same code for whoever may not, and none for whoever may."""
    assert listed(settings, officer, facts) == decided(settings, officer.officer, in_force(officer), facts)


@given(st.sampled_from(SETTINGS), officers, plans)
def test_no_decision_is_above_the_limit_that_it_names(settings: Settings, officer: Officer, facts: Facts) -> None:
    """A1, A6, A7: said without the rule itself, period by period."""
    limit = in_force(officer)
    if decided(settings, officer.officer, limit, facts) is None:
        assert limit is not None
        assert officer.officer != "officer-sw"
        require_covered(limit, settings, facts)


# --- Over time ------------------------------------------------------------------------------------------------

PUBLISHER = By("officer-publisher", "settings_publisher")
PLACE = ("north-practice", "adults", "A name", "a@council.example")
_steps = st.sampled_from([timedelta(0), timedelta(microseconds=1), timedelta(minutes=30), timedelta(days=1)])


@dataclass(frozen=True)
class Grant:
    """A grant: its limit, and when it begins and ends, counted from the moment at which it is made."""

    limit: Limit
    begins_in: timedelta
    lasts: timedelta | None


@dataclass(frozen=True)
class Become:
    """Another role, or the same one in another place."""

    role: str


pence = st.sampled_from([0, 0, 0, 1, 10_000, 10_001, 94_230, 94_231, 99_999, 100_000, 100_001])
grants = st.builds(
    Grant,
    limit=st.builds(
        Limit,
        weekly_pence=pence,
        yearly_pence=st.sampled_from([None, None, 0, 1_000_000, 4_900_000, 5_200_000]),
        one_off_pence=st.one_of(st.none(), pence),
    ),
    begins_in=st.sampled_from([timedelta(days=-1), timedelta(0), timedelta(0), timedelta(minutes=30)]),
    lasts=st.sampled_from([None, None, timedelta(microseconds=1), timedelta(minutes=30), timedelta(days=2)]),
)
asked = st.builds(Facts, kind=st.just("SUPPORT_PLAN"), weekly_pence=pence, one_off_pence=pence)
changes = st.sampled_from([Become("practice_manager"), Become("team_manager")])
happenings = st.lists(
    st.tuples(_steps, st.one_of(grants, grants, grants, changes, st.just("end"))), min_size=1, max_size=6
)
LATER = (timedelta(0), timedelta(microseconds=1), timedelta(minutes=30), timedelta(days=2))
"""How long after something happened a decision is tried, as if nothing else happened meanwhile."""


NOBODY = Officer("officer-pm", "practice_manager")
"""The officer without any grant."""


@dataclass
class Kept:
    """One officer's stream, and what the read models of routing and of panel keep of it."""

    events: list[OfficerEvent] = field(default_factory=list[OfficerEvent])
    routings: Officer = NOBODY
    panels: Officer = NOBODY

    def does(self, command: OfficerCommand, at: datetime = NOW, settings: Settings | None = None) -> bool:
        """Carry out a command and keep what it says; whether it was not refused."""
        try:
            events = OFFICER.decide(command, OFFICER.fold(self.events), Acting(PUBLISHER, at, settings))
        except Refused:
            return False
        for event in events:
            self.events.append(event)
            if isinstance(event, AuthorityGranted):
                kept = Officer("officer-pm", "practice_manager", limit_of(event), event.from_at, event.until_at)
                self.routings = self.panels = kept
            elif isinstance(event, AuthorityEnded):
                self.routings = NOBODY
                until = min(self.panels.until_at or event.ended_at, event.ended_at)
                self.panels = replace(self.panels, until_at=until)
        return True


@effort(max_examples=150, deadline=None)
@given(
    st.sampled_from([*zip(SETTINGS, ROLES, strict=True)]),
    st.booleans(),
    happenings,
    st.lists(asked, min_size=3, max_size=5),
)
def test_no_officer_ever_decides_above_the_authority_in_force_at_that_moment(
    council: tuple[Settings, str],
    bound: bool,
    told: list[tuple[timedelta, Grant | Become | str]],
    applications: list[Facts],
) -> None:
    """A1, A6, A7, A8, A18: whatever was granted, ended or changed before, and whichever of the two is asked."""
    settings, role = council
    kept, at = Kept(), NOW
    held: tuple[Limit, datetime, datetime | None] | None = None
    assert kept.does(AppointOfficer("officer-pm", role, *PLACE))
    for step, what in told:
        at += step
        match what:
            case Grant(limit, begins_in, lasts):
                begins = at + begins_in
                ends = begins + lasts if lasts else None
                amounts = (limit.weekly_pence or 0, begins, ends, limit.one_off_pence, limit.yearly_pence)
                granted = kept.does(GrantAuthority("officer-pm", *amounts), at, settings if bound else None)
                held = (limit, begins, ends) if granted else held
            case Become(other):
                assert kept.does(ChangeRole("officer-pm", other, *PLACE), at)
                held, role = (held if other == role else None), other
            case _:
                held = None if kept.does(EndAuthority("officer-pm"), at) else held
        for moment, facts in product((at + later for later in LATER), applications):
            code = decided(settings, "officer-pm", in_force(kept.panels, moment), facts, moment)
            assert listed(settings, kept.routings, facts, moment) == code
            covered = held is not None and held[1] <= moment and (held[2] is None or moment < held[2])
            assert (code == "NO_LIMIT") == (not covered)
            if code is None:
                assert held is not None
                require_covered(held[0], settings, facts)
                if bound:
                    require_covered(settings.limit(role), settings, facts)
