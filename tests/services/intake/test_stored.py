"""Everything that intake stores reads back as it was, and its public events hold to their contracts."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from contracts.registry import registry
from councils.facts import Facts
from councils.guards import Warned
from ledger.codec.codec import Codec
from ledger.codec.sealed import NotSealed
from ledger.decider import Private
from ledger.recorded import Decided
from ledger.rows import Outgoing, Row
from ledger.vault.vault import MemoryVault
from services.intake.applications.decider import stream
from services.intake.applications.domain.events import Answer, ApplicationAbandoned, FurtherInformationGiven
from services.intake.applications.domain.form_events import CircumstancesStated, ResourceLine
from services.intake.expectations.domain.expected import ExpectedNotReceived, NotReceived
from services.intake.publishing import publish
from services.intake.stored import STORED
from tests.ledger.codec.roundtrip import assert_round_trips
from tests.services.intake.cases import CHILD, COMPLETE, ID, submitted

NOW = datetime(2026, 10, 7, 16, 0, 0, 1, tzinfo=UTC)
GIVEN = FurtherInformationGiven(
    ID,
    "decision-1",
    (Answer("work-1", Private(CHILD, "Nobody else has a place.")),),
    (),
    598_000,
    "officer-sw",
    NOW,
    ("costs", "options_tried"),
    0,
    (ResourceLine("PLACEMENT", 598_000, 0),),
)


def test_what_is_stored_reads_back_as_it_was() -> None:
    assert_round_trips(Codec(STORED), examples=25)


async def published(event: Any) -> list[Outgoing]:
    nothing = UUID(int=0)
    sealed = await MemoryVault().seal_event("c4d81e", stream(ID), event)
    name, schema, payload = Codec(STORED).encode(sealed)
    row = Row(
        "c4d81e", "book", 1, 1, "decided", stream(ID), 1, "", 0, 0, nothing, name, schema, NOW, NOW, "officer-sw",
        "social_worker", nothing, nothing, "", payload,
    )  # fmt: skip
    return list(publish(Decided(row, sealed)))


MARKED = submitted(
    contact_email=Private(CHILD, "robin@example.org"),
    complex=True,
    reasons_given=Private(CHILD, "Two courts."),
    needs=None,
    sitting_on=None,
    forum=None,
    cut_off_at=None,
)


@pytest.mark.parametrize("event", [submitted(), MARKED, GIVEN], ids=["placement", "marked", "further_information"])
async def test_every_public_event_holds_to_its_contract_and_says_nothing_in_clear(event: Any) -> None:
    (told,) = await published(event)
    registry().validate_strictly(told.type, told.data)
    assert registry().topic_of(told.type).name == "intake.events"
    assert registry().subject(told.type, told.data) == told.subject == ID
    for words in ("Larkspur", "example.org", "courts", "say about", "place", "Two more"):
        assert words not in repr([value for key, value in told.data.items() if key != "kind"])


async def test_a_submission_tells_others_exactly_what_the_form_holds() -> None:
    (told,) = await published(submitted())
    assert told.type == "uk.panelbook.intake.application.submitted.v1"
    sealed = ("person_name", "needs", "family", "consequence")
    plain = {key: value for key, value in told.data.items() if key not in sealed}
    assert plain == {
        "application": ID,
        "person": CHILD,
        "contact_email": None,
        "kind": "PLACEMENT_MOVE",
        "weekly_pence": 612_308,
        "one_off_pence": 0,
        "indicative_weekly_pence": 600_000,
        "complex": False,
        "distinctive": False,
        "reasons_given": None,
        "miles": 18.4,
        "originator": "officer-sw",
        "team": "localities-north",
        "team_manager": "officer-tm",
        "service": "localities",
        "service_manager": "officer-sm",
        "sitting_on": date(2026, 10, 13).isoformat(),
        "forum": "CARE_PANEL",
        "cut_off_at": "2026-10-07T16:00:00+00:00",
        "received_at": "2026-10-07T15:59:59+00:00",
        "settings_version": 1,
        "times_submitted": 1,
        "resources": [],
        "within": [],
        "emergency": False,
        "disability_team": False,
        "complex_health": False,
        "section": None,
        "order": None,
        "package": None,
        "warnings": [],
        "guards": [],
    }
    assert told.data["consequence"]["person"] == "party-child"
    assert [member["party"] for member in told.data["family"]] == ["party-child", "party-mother", "party-father"]
    assert [member["name"]["person"] for member in told.data["family"]] == [
        "party-child",
        "party-mother",
        "party-father",
    ]


async def test_further_information_names_the_sections_it_changed() -> None:
    (told,) = await published(GIVEN)
    assert (told.data["changed_sections"], told.data["weekly_pence"]) == (["options_tried"], 598_000)
    assert [answer["work"] for answer in told.data["answers"]] == ["work-1"]


async def test_what_routing_must_know_leaves_with_the_submission() -> None:
    circumstances = CircumstancesStated(("WIDER_PACKAGE",), True, True, True, "20", "SGO", "RESPITE")
    lines = (ResourceLine("PLACEMENT", 612_308, 0), ResourceLine("WORKER_TIME", 9_000, 0, 84, date(2026, 11, 2)))
    warned = {"warnings": (Warned("SUPPORT_ADVICE_MISSING", "warn"),)}
    (told,) = await published(submitted(circumstances=circumstances, resources=lines, **warned))
    registry().validate_strictly(told.type, told.data)
    assert told.data["resources"][1] == {
        "resource": "WORKER_TIME",
        "weekly_pence": 9_000,
        "one_off_pence": 0,
        "days": 84,
        "starts_on": "2026-11-02",
    }
    assert (told.data["within"], told.data["section"], told.data["order"]) == (["WIDER_PACKAGE"], "20", "SGO")
    assert told.data["guards"] == [{"guard": "SUPPORT_ADVICE_MISSING", "level": "warn"}]
    facts = Facts.read(told.data)
    assert (facts.emergency, facts.disability_team, facts.complex_health, facts.package) == (
        True,
        True,
        True,
        "RESPITE",
    )


async def test_what_is_given_up_and_who_is_missing_hold_to_their_contracts() -> None:
    given_up = ApplicationAbandoned(ID, "officer-sw", None, Private(CHILD, "Gone home."), NOW)
    missing = (NotReceived(ID, "localities-north", "localities", "officer-sm"),)
    noticed = ExpectedNotReceived("CARE_PANEL", date(2026, 10, 13), datetime(2026, 10, 7, 16, tzinfo=UTC), NOW, missing)
    for event in (given_up, noticed):
        (told,) = await published(event)
        registry().validate_strictly(told.type, told.data)
        assert registry().subject(told.type, told.data) == told.subject
        assert "Gone home" not in repr(told.data)


async def test_clear_text_never_leaves() -> None:
    (told,) = await published(submitted())
    assert told.data["person_name"]["sealed"]
    nothing = UUID(int=0)
    row = Row(
        "c4d81e", "book", 1, 1, "decided", stream(ID), 1, "", 0, 0, nothing, "name", 1, NOW, NOW, "officer-sw",
        "social_worker", nothing, nothing, "", b"",
    )  # fmt: skip
    with pytest.raises(NotSealed):
        publish(Decided(row, submitted()))


async def test_of_a_draft_others_hear_who_began_it_and_no_word_of_it() -> None:
    """I6: an id, a kind, an officer and their team; sections, voices and signatures stay inside."""
    began, *rest = COMPLETE
    (told,) = await published(began)
    assert set(told.data) == {"application", "kind", "originator", "team", "started_at"}
    for event in rest:
        assert await published(event) == []
