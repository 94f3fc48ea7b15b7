"""Who may publish which settings, and when they may come into force (DOMAIN.md, A12, A17)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from councils.packs import load_pack
from councils.settings import Settings, digest
from ledger.decider import Acting, By, Kind
from services.routing.settings.domain.settings import (
    SETTINGS,
    PublishSettings,
    RetireSettings,
    SettingsPublished,
    SettingsRetired,
    findings,
)
from tests.scenario import given

NOW = datetime(2026, 10, 5, 8, 0, tzinfo=UTC)
IN_FORCE = NOW + timedelta(minutes=15)
LATER = NOW + timedelta(days=1)


def acting(at: datetime = NOW, *, role: str = "settings_publisher", team: str = "csmt") -> Acting[None]:
    return Acting(By("officer-publisher", role, team=team), at, None)


def swindon(**changes: Any) -> dict[str, Any]:
    return {**load_pack("swindon"), **changes}


def publish(terms: dict[str, Any], *, at: datetime = NOW, in_force_from: datetime | None = None) -> PublishSettings:
    return PublishSettings("c4d81e", terms, in_force_from or at + timedelta(minutes=15))


def published(version: int = 1, in_force_from: datetime = IN_FORCE, **changes: Any) -> SettingsPublished:
    document = {**swindon(**changes), "version": version, "in_force_from": in_force_from.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return SettingsPublished(version, in_force_from, document, digest(document), "officer-publisher")


def test_a_shipped_pack_becomes_version_1_whole_and_with_its_digest() -> None:
    given(SETTINGS).when(publish(swindon()), acting()).then(published())
    assert Settings.read(published().settings).version == 1


def test_changed_terms_become_the_next_version() -> None:
    later = NOW + timedelta(days=1)
    given(SETTINGS, published()).when(publish(swindon(name="Swindon"), at=later), acting(later)).then(
        published(2, later + timedelta(minutes=15), name="Swindon")
    )


def test_the_same_terms_once_more_are_nothing_new() -> None:
    given(SETTINGS, published()).when(publish(swindon(), at=LATER), acting(LATER)).then_nothing()


def test_terms_published_before_a_default_was_known_are_the_same_terms_today() -> None:
    old = published()
    document = dict(old.settings)
    for later in ("recording", "exclusions", "standard_working_days"):
        del document[later]
    panel = document["forums"]["CARE_PANEL"]
    spelt = {**{name: value for name, value in panel.items() if name != "weekdays"}, "weekday": "tuesday"}
    document["forums"] = {"CARE_PANEL": spelt}
    # Only the exclusions differ from what a missing member means.
    again = publish(swindon(exclusions=None, exceptions={}), at=NOW + timedelta(days=1))
    document["exceptions"] = {}
    given(SETTINGS, replace(old, settings=document)).when(again, acting(NOW + timedelta(days=1))).then_nothing()


def test_nobody_but_a_settings_publisher_of_the_management_team_publishes() -> None:
    given(SETTINGS).when(publish(swindon()), acting(role="team_manager")).then_refused("NOT_A_PUBLISHER")
    given(SETTINGS).when(publish(swindon()), acting(team="fostering")).then_refused("NOT_MANAGEMENT_TEAM")


def test_the_team_that_may_publish_is_the_one_the_newest_settings_name_not_the_one_the_new_terms_name() -> None:
    taken_over = publish(swindon(management_team="fostering"), at=NOW + timedelta(days=1))
    elsewhere = acting(LATER, team="fostering")
    given(SETTINGS, published()).when(taken_over, elsewhere).then_refused("NOT_MANAGEMENT_TEAM")


def test_settings_of_another_council_are_refused() -> None:
    others = publish(load_pack("shropshire") | {"management_team": "csmt"})
    given(SETTINGS).when(others, acting()).then_refused("WRONG_COUNCIL")


def test_every_missing_statement_is_named_at_once() -> None:
    terms = swindon(purpose="", involvement=" ", consultation="", review_on=None)
    refused = (
        given(SETTINGS)
        .when(publish(terms), acting())
        .then_refused("TERMS_INCOMPLETE", failing=["TERMS_INCOMPLETE"] * 4)
    )
    assert [one.pointer for one in refused.failing] == [
        "/settings/purpose",
        "/settings/involvement",
        "/settings/consultation",
        "/settings/review_on",
    ]
    assert refused.kind is Kind.RULE_BROKEN


def test_a_panel_for_everything_needs_a_justification() -> None:
    """A12: a threshold of £0.00 is a panel for everything; a justification with its review date lets it through."""
    scheme = load_pack("swindon")["scheme"]
    everything = {**scheme, "rules": [{**scheme["rules"][5], "kind": "", "amount": ">= 0"}, *scheme["rules"][6:]]}
    given(SETTINGS).when(publish(swindon(scheme=everything)), acting()).then_refused("PANEL_AS_DEFAULT")
    justified = {"justification": "Every case is seen while the team is new.", "review_on": "2027-01-04"}
    terms = {"scheme": everything, "panel_as_default": justified}
    given(SETTINGS).when(publish(swindon(**terms)), acting()).then(published(**terms))


def test_what_is_no_settings_document_is_refused_with_its_places() -> None:
    refused = given(SETTINGS).when(publish(swindon(forums=7, quorum=3)), acting()).then_refused("SETTINGS_UNREADABLE")
    assert {one.pointer for one in refused.failing} == {"/settings/forums", "/settings/quorum"}


@pytest.mark.parametrize("early", [timedelta(microseconds=1), timedelta(minutes=15), timedelta(days=1)])
def test_settings_come_into_force_15_minutes_after_publication_at_the_earliest(early: timedelta) -> None:
    refused = (
        given(SETTINGS).when(publish(swindon(), in_force_from=IN_FORCE - early), acting()).then_refused("TOO_SOON")
    )
    assert refused.facts == {"earliest": IN_FORCE.isoformat()}


def test_the_notice_is_the_one_the_newest_settings_ask_for() -> None:
    history = published(publication_notice_minutes=60)
    later = NOW + timedelta(days=1)
    change = swindon(publication_notice_minutes=15)
    soon = publish(change, at=later, in_force_from=later + timedelta(minutes=60, microseconds=-1))
    given(SETTINGS, history).when(soon, acting(later)).then_refused("TOO_SOON")
    in_time = replace(soon, in_force_from=later + timedelta(minutes=60))
    given(SETTINGS, history).when(in_time, acting(later)).then(
        published(2, later + timedelta(minutes=60), publication_notice_minutes=15)
    )


def test_a_version_may_not_come_into_force_before_one_already_published() -> None:
    far = published(in_force_from=NOW + timedelta(days=30))
    change = publish(swindon(name="Swindon"), in_force_from=NOW + timedelta(days=30))
    refused = given(SETTINGS, far).when(change, acting()).then_refused("OUT_OF_ORDER")
    assert refused.facts == {"in_force_from": (NOW + timedelta(days=30)).isoformat()}


# A draft --------------------------------------------------------------------------------------------------------


def test_a_draft_is_told_everything_that_stands_in_its_way_at_once() -> None:
    """A17, A12: what is missing, what the table says wrongly and the moment, with nothing decided."""
    draft = swindon(purpose="", review_on=None, submitted_to="NO_SUCH_PANEL", id="c92ab7")
    early = publish(draft, in_force_from=NOW)
    assert [(one.pointer, one.code) for one in findings(early, SETTINGS.initial, NOW)] == [
        ("/settings/id", "WRONG_COUNCIL"),
        ("/settings/purpose", "TERMS_INCOMPLETE"),
        ("/settings/review_on", "TERMS_INCOMPLETE"),
        ("/settings/submitted_to", "FORUM_UNKNOWN"),
        ("/in_force_from", "TOO_SOON"),
    ]
    refused = given(SETTINGS).when(early, acting()).then_refused("WRONG_COUNCIL")
    assert len(refused.failing) == 5


def test_a_draft_that_may_be_published_and_the_terms_in_force_themselves_have_nothing_against_them() -> None:
    """A17."""
    assert findings(publish(swindon()), SETTINGS.initial, NOW) == []
    again = publish(swindon(), in_force_from=NOW)
    assert findings(again, SETTINGS.fold([published()]), LATER) == []


# Taken back -----------------------------------------------------------------------------------------------------

RETIRE = RetireSettings(2, "The limit was published a digit short.")
SECOND = published(2, LATER + timedelta(days=7), name="Swindon")


def test_the_newest_version_is_taken_back_and_the_one_before_returns_as_the_next() -> None:
    """A8: the version taken back stays what it was, and whoever hears of settings goes on following the newest."""
    given(SETTINGS, published(), SECOND).when(RETIRE, acting(LATER)).then(
        SettingsRetired(2, RETIRE.reason, "officer-publisher", 3), published(3, LATER + timedelta(minutes=15))
    )


def test_a_version_that_was_replaced_long_ago_is_only_marked() -> None:
    """A8."""
    first = replace(RETIRE, version=1)
    given(SETTINGS, published(), SECOND).when(first, acting(LATER)).then(
        SettingsRetired(1, RETIRE.reason, "officer-publisher", None)
    )


def test_a_version_that_was_taken_back_is_not_returned_to() -> None:
    """A8: of versions 1, 2 and 3, 2 was taken back before 3 was."""
    third = published(3, LATER + timedelta(days=8), name="Swindon Borough")
    history = given(SETTINGS, published(), SECOND, third, SettingsRetired(2, "Why", "officer-publisher", None))
    assert history.when(replace(RETIRE, version=3), acting(LATER)).events[1] == published(
        4, LATER + timedelta(minutes=15)
    )
    history.when(RETIRE, acting(LATER)).then_refused("ALREADY_RETIRED")


def test_the_only_version_there_is_cannot_be_taken_back_nor_one_that_is_not_there() -> None:
    given(SETTINGS, published()).when(replace(RETIRE, version=1), acting(LATER)).then_refused("LAST_SETTINGS")
    given(SETTINGS, published()).when(RETIRE, acting(LATER)).then_refused("NOT_FOUND")


def test_nobody_but_a_settings_publisher_of_the_management_team_takes_a_version_back() -> None:
    """A17: the named management team."""
    history = given(SETTINGS, published(), SECOND)
    stranger = acting(LATER, role="director_csw")
    assert history.when(RETIRE, stranger).then_refused("NOT_A_PUBLISHER").kind is Kind.NOT_ALLOWED
    elsewhere = acting(LATER, team="fostering")
    assert history.when(RETIRE, elsewhere).then_refused("NOT_MANAGEMENT_TEAM").kind is Kind.NOT_ALLOWED


def test_after_a_version_was_taken_back_another_may_be_published() -> None:
    history = given(SETTINGS, published(), SECOND).and_then(
        *given(SETTINGS, published(), SECOND).when(RETIRE, acting(LATER)).events
    )
    at = LATER + timedelta(hours=1)
    history.when(publish(swindon(), at=at), acting(at)).then_nothing()
    history.when(publish(swindon(name="Swindon"), at=at), acting(at)).then(
        published(4, at + timedelta(minutes=15), name="Swindon")
    )
