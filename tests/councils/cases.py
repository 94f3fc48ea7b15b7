"""Applications of every sort, for the properties that hold under every pack."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from councils.facts import ORDERS, SECTIONS, WORKER_TIME, Facts, ResourceLine
from councils.packs import load_earlier, pack_settings, packs
from councils.settings import Settings, Terms

IN_FORCE = datetime(2026, 10, 5, 8, 15, tzinfo=UTC)

COUNCILS = {slug: pack_settings(slug, version=3, in_force_from=IN_FORCE) for slug in packs()} | {
    "doncaster-2023": Settings.of(
        Terms.model_validate(load_earlier("doncaster-2023")), version=1, in_force_from=IN_FORCE
    )
}
"""Every pack, and the terms that one of them had before."""

BOUNDARIES = (0, 10_000, 50_000, 67_307, 94_230, 100_000, 3_500_000, 4_900_000)
PENCE = st.integers(0, 10**12) | st.builds(
    lambda edge, step: max(0, edge + step), st.sampled_from(BOUNDARIES), st.integers(-2, 2)
)

_RESOURCES = ("HOLIDAY", "CHILD_MINDING", "TRANSPORT", "HOME_SUPPORT_LOW", "DAY_CARE", "FAMILY_SUPPORT", "UNHEARD_OF")

LINES = st.builds(
    ResourceLine,
    resource=st.sampled_from((*_RESOURCES, WORKER_TIME)),
    weekly_pence=PENCE,
    one_off_pence=PENCE,
    days=st.none() | st.integers(0, 400) | st.integers(88, 94),
    starts_on=st.none() | st.dates(date(2024, 1, 1), date(2030, 12, 31)),
)


def applications(council: Settings) -> st.SearchStrategy[Facts]:
    """Whatever may be submitted to a council, and kinds that it does not list."""
    return st.builds(
        Facts,
        kind=st.sampled_from((*council.kinds, "UNHEARD_OF")),
        weekly_pence=PENCE,
        one_off_pence=PENCE,
        indicative_weekly_pence=st.none() | PENCE,
        complex=st.booleans(),
        distinctive=st.booleans(),
        resources=st.lists(LINES, max_size=4).map(tuple),
        within=st.sampled_from(((), ("WIDER_PACKAGE",), ("HIGH_LEVEL_FAMILY_SUPPORT",))),
        emergency=st.booleans(),
        disability_team=st.booleans(),
        complex_health=st.booleans(),
        section=st.none() | st.sampled_from(SECTIONS),
        order=st.none() | st.sampled_from(ORDERS),
        package=st.none() | st.just("SOME_PACKAGE"),
        granted=st.sampled_from(((), ("NOT_FUNDED",), ("DEFAULT_REQUIRED",), ("NOT_FUNDED", "DEFAULT_REQUIRED"))),
    )
