"""Past cases are taken in by the rules that every form is held to, and everything wrong with one is said at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from councils.packs import pack_settings
from ledger.decider import By, Refused
from services.intake.applications.domain.events import ApplicationEvent, ApplicationImported
from services.intake.applications.domain.family import Relative
from services.intake.applications.domain.form_events import UNSTATED, CircumstancesStated
from services.intake.applications.domain.sections import Action
from services.intake.imports.domain.past_case import PastCase, PastDecision, PastVoice, import_case

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
SWINDON = pack_settings("swindon", version=4, in_force_from=datetime(2025, 4, 1, tzinfo=UTC))
RECORDS = By("officer-ro", "records_officer")

DECIDED = PastDecision("AGREED", "PANEL", "chair", datetime(2025, 10, 14, 11, tzinfo=UTC), "PANEL", "CARE_PANEL")
CASE = PastCase(
    reference="2025-000017",
    application="6a9f1b3e-8a53-5d43-9a0e-51f0f5a3c017",
    kind="RESOURCES",
    person="child-1",
    person_name="A synthetic name",
    born_on=date(2014, 5, 2),
    contact_email=None,
    family=(Relative("child-1", "child", "A synthetic name", False), Relative("parent-1", "parent", "Another", True)),
    miles=None,
    originator="worker-1",
    team="team-1",
    team_manager="manager-1",
    service="service-1",
    service_manager="service-manager-1",
    received_at=datetime(2025, 10, 8, 16, tzinfo=UTC),
    sitting_on=date(2025, 10, 14),
    indicative_weekly_pence=60_000,
    weekly_pence=65_000,
    one_off_pence=0,
    resources=(),
    circumstances=UNSTATED,
    complex=False,
    distinctive=False,
    complexity_reason=None,
    texts=dict.fromkeys(("needs", "outcomes", "plan", "analysis", "parenting_capacity", "consequence"), "Synthetic."),
    options_tried=(("Support at home", "Not enough"),),
    other_funding=(("HEALTH", True, "They pay a third."),),
    actions=(Action("Find a place", "The worker", date(2025, 10, 20), date(2025, 12, 1)),),
    family_agreement=(True, None, False),
    support_needs=None,
    support_advice=None,
    voices=(
        PastVoice("child-1", "I want to stay.", None, 11, "Understands well."),
        PastVoice("parent-1", None, "Away."),
    ),
    decided=DECIDED,
)


def taken_in(case: PastCase, by: By = RECORDS) -> Sequence[ApplicationEvent]:
    return import_case(by, SWINDON, case, NOW)


def refused(case: PastCase, by: By = RECORDS) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as found:
        taken_in(case, by)
    return [(one.pointer, one.code) for one in found.value.failing] or [("", found.value.code)]


def test_a_whole_case_becomes_the_events_of_its_form_and_how_it_ended() -> None:
    events = taken_in(CASE)
    assert [type(event).__name__ for event in events][:2] == ["ApplicationStarted", "BudgetIndicated"]
    last = events[-1]
    assert isinstance(last, ApplicationImported)
    assert (last.reference, last.forum, last.settings_version) == ("2025-000017", "CARE_PANEL", 4)
    assert (last.outcome, last.made, last.decided_at) == ("AGREED", "PANEL", DECIDED.at)


def test_nobody_signs_a_past_case_again() -> None:
    assert not {"ApplicationSigned", "ApplicationAgreed"} & {type(event).__name__ for event in taken_in(CASE)}


def test_one_second_past_the_cut_off_of_then_was_late() -> None:
    assert taken_in(CASE)
    assert refused(replace(CASE, received_at=datetime(2025, 10, 8, 16, 0, 1, tzinfo=UTC))) == [("/sitting_on", "LATE")]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    texts = {name: text for name, text in CASE.texts.items() if name != "outcomes"}
    decided = replace(DECIDED, at=datetime(2025, 10, 1, tzinfo=UTC), route="ELSEWHERE", forum="NOWHERE")
    found = refused(replace(CASE, texts=texts, voices=CASE.voices[:1], decided=decided))
    assert found == [
        ("/decided/at", "DECIDED_BEFORE_RECEIVED"),
        ("/sections/outcomes", "OUTCOMES_MISSING"),
        ("/family/1", "PR_VIEWS_MISSING"),
        ("/decided/route", "UNKNOWN_ROUTE"),
        ("/decided/forum", "FORUM_UNKNOWN"),
    ]


def test_a_guard_that_only_warns_keeps_no_past_case_out() -> None:
    """B15: support under an order without anybody's advice is a warning in a form, and no refusal in a file."""
    needs = dict.fromkeys(("EDUCATION", "HEALTH", "SOCIAL", "EMOTIONAL"), "Synthetic.")
    ordered = replace(CASE, circumstances=CircumstancesStated(order="SGO"), support_needs=needs)
    assert isinstance(taken_in(ordered)[-1], ApplicationImported)
    assert refused(replace(ordered, support_needs={})) == [
        (f"/support_needs/needs/{code}", "SUPPORT_NEEDS_MISSING") for code in needs
    ]


def test_an_unknown_kind_ends_it_there() -> None:
    assert refused(replace(CASE, kind="HOLIDAY_HOME")) == [("/kind", "UNKNOWN_KIND")]


def test_what_lies_in_the_future_is_no_past_case() -> None:
    later = datetime(2026, 10, 6, tzinfo=UTC)
    found = refused(replace(CASE, decided=replace(DECIDED, at=later)))
    assert found == [("/decided/at", "DECIDED_IN_FUTURE")]


def test_a_social_worker_takes_no_past_cases_in() -> None:
    assert refused(CASE, By("worker-1", "social_worker", "team-1", "service-1")) == [("", "NOT_AN_IMPORTER")]
