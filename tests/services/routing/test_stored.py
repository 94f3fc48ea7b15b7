"""Everything that routing stores reads back as it was, and its public events hold to their contracts."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from contracts.registry import registry
from ledger.codec.codec import Codec
from ledger.codec.sealed import NotSealed
from ledger.decider import Private
from ledger.recorded import Decided
from ledger.rows import Row
from services.routing.officers.domain.officer import (
    AuthorityEnded,
    AuthorityGranted,
    OfficerAppointed,
    TermsAcknowledged,
    TrainingRecorded,
)
from services.routing.publishing import publish
from services.routing.routes.domain.route import ExceptionGranted, Rerouted, Routed
from services.routing.settings.domain.settings import SettingsRetired
from services.routing.stored import STORED
from tests.services.routing.officers.test_officer import APPOINTED
from tests.services.routing.routes.test_route import APPLICATION, DELEGATED, submitted, way_of
from tests.services.routing.settings.test_settings import published

NOW = datetime(2026, 10, 5, 8, 0, 0, 1, tzinfo=UTC)
PANEL = way_of(submitted(100_001))


def sealed(name: str) -> Private:
    return Private("officer-pm", None, "c2VhbGVk", "officer-officer-pm", name)


EVENTS = (
    published(),
    OfficerAppointed("officer-pm", "practice_manager", "north", "adults", sealed("name"), sealed("email")),
    AuthorityGranted("officer-pm", 100_000, NOW, None),
    AuthorityGranted("officer-pm", 0, NOW, datetime(2027, 4, 1, tzinfo=UTC)),
    AuthorityGranted("officer-pm", 10_000, NOW, None, limit_one_off_pence=10_000, limit_yearly_pence=520_000),
    AuthorityEnded("officer-pm", NOW),
    TrainingRecorded("officer-pm", "PANEL_MEMBER", date(2025, 10, 6), date(2026, 10, 5), "officer-publisher"),
    TrainingRecorded("officer-pm", "PRESENTING", date(2025, 10, 6), None, "officer-publisher"),
    Routed(APPLICATION, DELEGATED, 1),
    Routed(APPLICATION, PANEL, 1),
    Rerouted(APPLICATION, PANEL, 2),
    ExceptionGranted(
        APPLICATION, "NOT_FUNDED", "officer-director", "director_csw", NOW, Private("party-child", None, "c2VhbGVk",
        f"route-{APPLICATION}", "reason"), ("TRANSPORT",), 49_999, 0, 1,
    ),
)  # fmt: skip
KEPT_HERE = (
    SettingsRetired(2, "The limit was published a digit short.", "officer-publisher", 3),
    SettingsRetired(1, "It was replaced long ago.", "officer-publisher", None),
    TermsAcknowledged("officer-pm", 1),
)
"""What nobody else is told."""


def decided(event: Any) -> Decided:
    nothing = UUID(int=0)
    name, schema, payload = Codec(STORED).encode(event)
    row = Row(
        "c92ab7", "book", 1, 1, "decided", "stream", 1, "", 0, 0, nothing, name, schema, NOW, NOW, "officer-publisher",
        "settings_publisher", nothing, nothing, "", payload,
    )  # fmt: skip
    return Decided(row, event)


def test_there_is_an_example_of_every_stored_name() -> None:
    assert {type(event) for event in (*EVENTS, *KEPT_HERE)} == {one.event for one in STORED}


@pytest.mark.parametrize("event", [*EVENTS, *KEPT_HERE], ids=lambda event: type(event).__name__)
def test_what_is_stored_reads_back_as_it_was(event: Any) -> None:
    codec = Codec(STORED)
    assert codec.decode(*codec.encode(event)) == event


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_public_event_holds_to_its_contract(event: Any) -> None:
    (told,) = publish(decided(event))
    registry().validate_strictly(told.type, told.data)
    assert registry().topic_of(told.type).name == "routing.events"
    assert registry().subject(told.type, told.data) == told.subject


@pytest.mark.parametrize("event", KEPT_HERE, ids=lambda event: type(event).__name__)
def test_what_is_kept_here_is_told_to_nobody(event: Any) -> None:
    assert publish(decided(event)) == []


def test_a_way_is_told_with_its_sitting() -> None:
    (told,) = publish(decided(Routed(APPLICATION, PANEL, 1)))
    assert told.data["sitting_on"] == date(2026, 10, 8).isoformat()


def test_an_officers_name_never_leaves_unsealed() -> None:
    row = decided(EVENTS[1]).row
    with pytest.raises(NotSealed):
        publish(Decided(row, APPOINTED))
