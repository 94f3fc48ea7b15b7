"""What a worker is told of a draft: where it would go, on which day, and because of which sentence."""

from datetime import UTC, datetime

import pytest

from councils.facts import Facts, ResourceLine
from councils.packs import pack_settings
from councils.scheme import preview
from councils.settings import Settings
from ledger.decider import Refused
from services.routing.routes.domain.foreseen import exception, require_sound, sentence

NOW = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)
SHROPSHIRE = pack_settings("shropshire", version=4, in_force_from=NOW)
SWINDON = pack_settings("swindon", version=1, in_force_from=NOW)
HOLIDAY, DAY_CARE = ResourceLine("HOLIDAY", 100), ResourceLine("DAY_CARE", 10_000)
CRISIS = Facts("CRISIS", 0, section="17", disability_team=True, complex_health=True)

SENTENCES = [
    (
        SWINDON,
        Facts("PLACEMENT_MOVE", 612_308),
        "This would go to the Children's Services Care Panel on Tuesday 13 October 2026, because of: "
        "S4 §6: identifies a need for a placement move.",
    ),
    (
        SHROPSHIRE,
        Facts("SUPPORT_PLAN", 99_999),
        "This would be decided within delegated authority, because of: "
        "S1: delegated powers of authority for all expenditure under £1,000 per week to the practice.",
    ),
    (
        SWINDON,
        Facts("RESOURCES", 10_100, resources=(HOLIDAY, DAY_CARE)),
        "This would not be funded, because of: S4 §6: will not agree funding for day care; "
        "S4 §6: will not agree funding for holidays for children.",
    ),
    (
        SWINDON,
        CRISIS,
        "This would go to the Complex Health Needs Panel, because of: S4 §6: except children allocated to a Children "
        "with a Disability Team whose case meets the Children with Complex Health Needs Panel criteria.",
    ),
    (
        SWINDON,
        Facts("RESOURCES", 49_999, resources=(ResourceLine("FAMILY_SUPPORT", 49_999),)),
        "This would need no panel, because of: "
        "S4 §6: resourcing requirements (upwards of £500), so a listed resource below that is not required at panel.",
    ),
]


@pytest.mark.parametrize(("settings", "facts", "expected"), SENTENCES, ids=[one[2][:32] for one in SENTENCES])
def test_a_draft_is_told_in_one_sentence_with_the_words_of_its_source(
    settings: Settings, facts: Facts, expected: str
) -> None:
    """A1, A9, A11, A14, A15."""
    assert sentence(settings, preview(settings, facts, NOW)) == expected


def test_a_preview_after_the_cut_off_names_the_sitting_after() -> None:
    """B1: a microsecond past 17:00 on Wednesday 7 October."""
    facts = Facts("PLACEMENT_MOVE", 0)
    late = preview(SWINDON, facts, datetime(2026, 10, 7, 16, 0, 0, 1, tzinfo=UTC))
    assert "on Tuesday 20 October 2026" in sentence(SWINDON, late)


def test_a_draft_is_told_who_could_except_it() -> None:
    """A10, A16."""
    holiday, other, plan = Facts("RESOURCES", 100, resources=(HOLIDAY,)), Facts("OTHER", 0), Facts("SUPPORT_PLAN", 1)
    director = ("director_csw",)
    assert exception(SWINDON, preview(SWINDON, holiday, NOW).routing, holiday) == ("NOT_FUNDED", director)
    assert exception(SWINDON, preview(SWINDON, other, NOW).routing, other) == ("DEFAULT_REQUIRED", director)
    assert exception(SHROPSHIRE, preview(SHROPSHIRE, plan, NOW).routing, plan) == (None, ())


def test_the_resources_must_come_to_the_costs_without_the_workers_own_time() -> None:
    """A15: £250.00 of transport and £100.00 of the worker's time cost £250.00."""
    lines = (ResourceLine("TRANSPORT", 25_000), ResourceLine("WORKER_TIME", 10_000))
    require_sound(SWINDON, Facts("RESOURCES", 25_000, resources=lines))
    with pytest.raises(Refused) as refused:
        require_sound(SWINDON, Facts("RESOURCES", 35_000, resources=lines))
    assert (refused.value.code, refused.value.facts["weekly_pence"]) == ("COSTS_DO_NOT_ADD_UP", 25_000)
    with pytest.raises(Refused, match="UNKNOWN_KIND"):
        require_sound(SWINDON, Facts("SUPPORT_PLAN", 0))


def test_a_draft_of_no_known_kind_whose_costs_do_not_add_up_is_told_both() -> None:
    """A15: everything that stands in the way at once."""
    facts = Facts("SUPPORT_PLAN", 35_000, resources=(ResourceLine("TRANSPORT", 25_000),))
    with pytest.raises(Refused) as refused:
        require_sound(SWINDON, facts)
    found = [(one.pointer, one.code) for one in refused.value.failing]
    assert found == [("/kind", "UNKNOWN_KIND"), ("/weekly_pence", "COSTS_DO_NOT_ADD_UP")]
