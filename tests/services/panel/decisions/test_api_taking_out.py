"""Whoever was named in error is told nothing that panel decides (DOMAIN.md, B12)."""

import pytest

from ledger.book import rebuild
from tests.services.house import SWINDON, ServiceHouse
from tests.services.panel.doors import (
    APPLICATION,
    REASON,
    being_heard,
    panel_decides,
    routed,
    sealed,
    settings_heard,
    submitted,
)

OUT = "uk.panelbook.intake.application.family_member_taken_out.v1"


async def taken_out(house: ServiceHouse, party: str = "parent-1") -> None:
    """Intake tells that somebody does not belong to the family."""
    told = {"application": APPLICATION, "party": party, "by": "worker-1", "taken_out_at": "2026-10-12T10:00:00Z"}
    await house.hear(OUT, {**told, "reason": await sealed(house, "A namesake.", "reason", SWINDON)})


@pytest.mark.connected
async def test_taken_out_in_panels_hands_the_decision_names_them_no_more(house: ServiceHouse) -> None:
    """B12: heard once and again; somebody unknown changes nothing."""
    await being_heard(house)
    rows = len([row for row in await house.stored() if row.kind == "decided"])
    await taken_out(house, "somebody")
    assert len([row for row in await house.stored() if row.kind == "decided"]) == rows
    await taken_out(house)
    await taken_out(house)
    assert len([row for row in await house.stored() if row.kind == "decided"]) == rows + 1
    answer = await panel_decides(house, version=2, outcome="NOT_AGREED", reasons=[REASON], needed=["Its written view."])
    assert answer.is_success, answer.text
    said = [data for type_, _, data in await house.told() if "decision.decided" in type_]
    assert said[-1]["family"] == []
    tables = await house.read_models()
    await rebuild(house.host.book, [SWINDON])
    assert await house.read_models() == tables


@pytest.mark.connected
async def test_taken_out_between_submission_and_route_it_comes_without_them(house: ServiceHouse) -> None:
    """B12: what routing has not answered yet is kept as it stands now; a later submission names whom it names."""
    await settings_heard(house)
    await submitted(house)
    await taken_out(house)
    await routed(house)
    rows = [house.host.book.codec.decode_row(row) for row in await house.stored() if row.kind == "decided"]
    assert rows[0].concerned.family == ()
