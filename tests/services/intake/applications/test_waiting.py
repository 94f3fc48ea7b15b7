"""For what an unfinished application waits of somebody, rule by rule, without a server."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from councils.packs import pack_settings
from councils.settings import Settings, Signatures
from ledger.decider import By
from services.intake.applications.domain.waiting import Unfinished, waits_for

PUBLISHED = datetime(2026, 10, 1, 8, tzinfo=UTC)
SWINDON = pack_settings("swindon", version=1, in_force_from=PUBLISHED)
NORTHBOROUGH = pack_settings("northborough", version=1, in_force_from=PUBLISHED)

DRAFT = Unfinished(
    kind="PLACEMENT_MOVE",
    originator="worker",
    team="north",
    service="children",
    deferred=False,
    returned=False,
    changed=False,
    signed_by=None,
    agreed_by=None,
    sections=frozenset(),
    open_comments=False,
    work=frozenset(),
)
SIGNED = replace(DRAFT, signed_by="manager")
AGREED = replace(SIGNED, agreed_by="service-manager")
RETURNED = replace(AGREED, returned=True)
DEFERRED = replace(DRAFT, deferred=True, work=frozenset({"worker", "nurse"}))
CHANGED = replace(DEFERRED, changed=True)
PLACEMENT = replace(DRAFT, kind="RESIDENTIAL_PLACEMENT")

WORKER = By("worker", "social_worker", "north", "children")
COLLEAGUE = By("colleague", "social_worker", "north", "children")
STRANGER = By("stranger", "social_worker", "south", "children")
MANAGER = By("manager", "team_manager", "north", "children")
OTHER_MANAGER = By("other", "team_manager", "south", "children")
SERVICE_MANAGER = By("service-manager", "service_manager", "", "children")
OTHER_SERVICE = By("else", "service_manager", "", "adults")
IRO = By("reviewer", "iro")


def waits(one: Unfinished, by: By, settings: Settings = SWINDON) -> list[str]:
    return list(waits_for(one, by, settings))


@pytest.mark.parametrize(
    ("one", "by", "expected"),
    [
        (DRAFT, WORKER, ["WRITING"]),
        (DRAFT, COLLEAGUE, []),
        (DRAFT, STRANGER, []),
        (DRAFT, MANAGER, ["SIGNATURE"]),
        (DRAFT, OTHER_MANAGER, []),
        (DRAFT, SERVICE_MANAGER, []),
        (SIGNED, WORKER, []),
        (SIGNED, MANAGER, []),
        (SIGNED, SERVICE_MANAGER, ["AGREEMENT"]),
        (SIGNED, OTHER_SERVICE, []),
        (replace(SIGNED, open_comments=True), WORKER, ["COMMENT"]),
        (replace(SIGNED, open_comments=True), COLLEAGUE, ["COMMENT"]),
        (replace(SIGNED, open_comments=True), STRANGER, []),
        (replace(SIGNED, open_comments=True), MANAGER, []),
        (replace(SIGNED, open_comments=True), SERVICE_MANAGER, []),
        (AGREED, WORKER, ["SUBMISSION"]),
        (AGREED, COLLEAGUE, []),
        (AGREED, SERVICE_MANAGER, []),
    ],
)
def test_a_draft_goes_from_one_to_the_next(one: Unfinished, by: By, expected: list[str]) -> None:
    """B6, B16: written, signed, its comments answered, agreed, handed in."""
    assert waits(one, by) == expected


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (WORKER, ["REPAIR", "SUBMISSION"]),
        (COLLEAGUE, ["REPAIR"]),
        (MANAGER, ["REPAIR"]),
        (SERVICE_MANAGER, ["REPAIR"]),
        (STRANGER, []),
        (OTHER_MANAGER, []),
        (OTHER_SERVICE, []),
        (IRO, []),
    ],
)
def test_a_returned_form_waits_for_all_who_must_repair_it(by: By, expected: list[str]) -> None:
    """B5: whoever writes, signs or agrees it; while its signatures stand it can be handed in as it is."""
    assert waits(RETURNED, by) == expected


def test_a_returned_form_whose_signatures_are_void_is_repaired_before_it_is_signed() -> None:
    """B5, B6: its worker is told of the repair, and not of writing besides."""
    unsigned = replace(RETURNED, signed_by=None, agreed_by=None)
    assert waits(unsigned, WORKER) == ["REPAIR"]
    assert waits(unsigned, MANAGER) == ["REPAIR", "SIGNATURE"]


@pytest.mark.parametrize(
    ("one", "by", "expected"),
    [
        (PLACEMENT, IRO, ["SECTION"]),
        (replace(PLACEMENT, sections=frozenset({"needs"})), IRO, ["SECTION"]),
        (replace(PLACEMENT, sections=frozenset({"iro"})), IRO, []),
        (replace(PLACEMENT, returned=True), IRO, ["REPAIR", "SECTION"]),
        (replace(PLACEMENT, deferred=True), IRO, []),
        (replace(PLACEMENT, kind="NO_LONGER_TAKEN"), IRO, []),
        (PLACEMENT, By("chair", "chair"), []),
    ],
)
def test_a_section_waits_for_the_role_that_writes_it(one: Unfinished, by: By, expected: list[str]) -> None:
    """D6, B6: the reviewing officer's, in Northborough; and the worker's own sections are their writing."""
    assert waits(one, by, NORTHBOROUGH) == expected


@pytest.mark.parametrize(
    ("one", "by", "expected"),
    [
        (DEFERRED, WORKER, ["FURTHER_WORK"]),
        (DEFERRED, By("nurse", "member"), ["FURTHER_WORK"]),
        (DEFERRED, COLLEAGUE, []),
        (DEFERRED, MANAGER, []),
        (DEFERRED, SERVICE_MANAGER, []),
        (CHANGED, WORKER, ["FURTHER_WORK"]),
        (CHANGED, MANAGER, ["SIGNATURE"]),
        (CHANGED, SERVICE_MANAGER, []),
        (replace(CHANGED, signed_by="manager"), MANAGER, []),
        (replace(CHANGED, signed_by="manager"), SERVICE_MANAGER, ["AGREEMENT"]),
        (replace(CHANGED, signed_by="manager", agreed_by="service-manager"), SERVICE_MANAGER, []),
    ],
)
def test_after_a_deferral_only_what_changed_is_signed_again(one: Unfinished, by: By, expected: list[str]) -> None:
    """D5; S4 appendix."""
    assert waits(one, by) == expected


@pytest.mark.parametrize(
    ("one", "by"),
    [
        (DRAFT, replace(MANAGER, actor="worker")),
        (SIGNED, replace(SERVICE_MANAGER, actor="worker")),
        (SIGNED, replace(SERVICE_MANAGER, actor="manager")),
    ],
)
def test_nobody_waits_for_a_signature_that_would_be_refused(one: Unfinished, by: By) -> None:
    """I6: one person is not three signatures, whichever role they choose."""
    assert waits(one, by) == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Signatures(), {"worker": ["SUBMISSION"], "manager": [], "service-manager": []}),
        (
            Signatures(signed_by="team_manager"),
            {"worker": ["WRITING"], "manager": ["SIGNATURE"], "service-manager": []},
        ),
        (Signatures(agreed_by="service_manager"), {"worker": [], "manager": [], "service-manager": ["AGREEMENT"]}),
    ],
)
def test_what_a_council_does_not_ask_for_is_not_waited_for(asked: Signatures, expected: dict[str, Any]) -> None:
    """A council's own signatures: none, one, the other."""
    kind = SWINDON.kinds["PLACEMENT_MOVE"].model_copy(update={"signatures": None})
    settings = SWINDON.model_copy(update={"signatures": asked, "kinds": {**SWINDON.kinds, "PLACEMENT_MOVE": kind}})
    assert {by.actor: waits(DRAFT, by, settings) for by in (WORKER, MANAGER, SERVICE_MANAGER)} == expected
