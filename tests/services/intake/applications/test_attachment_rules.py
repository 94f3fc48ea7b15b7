"""The rules of attachments: who attaches what and when, and what becomes of signatures and of bytes handed in."""

from dataclasses import replace
from datetime import date

import pytest

from ledger.decider import By, Private
from services.intake.applications.decider import APPLICATION
from services.intake.applications.domain.attaching import MEDIA_TYPES, MOST, AttachFile, RemoveAttachment
from services.intake.applications.domain.events import (
    AgreementVoided,
    ApplicationClosed,
    ApplicationReopened,
    FurtherInformationAsked,
    PartReopened,
)
from services.intake.applications.domain.form_events import AttachmentAdded, AttachmentRemoved
from tests.scenario import given
from tests.services.intake.cases import AGREED, CHILD, COMPLETE, SIGNED, STARTED, WORKER, submitted

ATTACH = AttachFile(
    by=WORKER,
    attachment="attachment-1",
    name="report.pdf",
    type="PDF",
    size=1_000,
    fingerprint="f1",
    digest="d1",
    scan="clean",
    most_bytes=1_000,
    types=tuple(MEDIA_TYPES.values()),
)
ADDED = AttachmentAdded("attachment-1", Private(CHILD, "report.pdf"), "PDF", 1_000, "f1", "d1", "clean", WORKER.actor)
REMOVE = RemoveAttachment(WORKER, "attachment-1")


def test_its_social_workers_attach_a_file_whose_name_is_the_persons() -> None:
    given(APPLICATION, STARTED).when(ATTACH).then(ADDED)


def test_nobody_else_attaches_or_removes() -> None:
    others = (By("officer-x", "social_worker", "another-team"), By("officer-tm", "team_manager", STARTED.team))
    for other in others:
        given(APPLICATION, STARTED).when(replace(ATTACH, by=other)).then_refused("NOT_YOUR_APPLICATION")
        given(APPLICATION, STARTED, ADDED).when(replace(REMOVE, by=other)).then_refused("NOT_YOUR_APPLICATION")


def test_the_same_bytes_again_change_nothing_whatever_they_are_called() -> None:
    again = replace(ATTACH, attachment="attachment-2", name="another name.pdf")
    given(APPLICATION, STARTED, ADDED).when(again).then_nothing()
    given(APPLICATION, STARTED, ADDED, AttachmentRemoved("attachment-1", WORKER.actor, "f1", False)).when(again).then(
        replace(ADDED, attachment="attachment-2", name=Private(CHILD, "another name.pdf"))
    )


def test_exactly_the_councils_limit_is_taken_and_one_byte_more_is_not() -> None:
    given(APPLICATION, STARTED).when(replace(ATTACH, size=1_001)).then_refused("FILE_TOO_LARGE")
    given(APPLICATION, STARTED).when(replace(ATTACH, size=1_000)).then(ADDED)


@pytest.mark.parametrize("found", MEDIA_TYPES)
def test_a_type_that_the_council_does_not_take_is_refused(found: str) -> None:
    types = tuple(media_type for name, media_type in MEDIA_TYPES.items() if name != found)
    given(APPLICATION, STARTED).when(replace(ATTACH, type=found, types=types)).then_refused("TYPE_NOT_TAKEN")
    both = replace(ATTACH, type=found, types=types, size=1_001)
    given(APPLICATION, STARTED).when(both).then_refused("FILE_TOO_LARGE", failing=["FILE_TOO_LARGE", "TYPE_NOT_TAKEN"])


def test_an_application_holds_fifty_attachments_and_not_one_more() -> None:
    held = [replace(ADDED, attachment=f"attachment-{n}", fingerprint=f"f{n}") for n in range(1, MOST + 1)]
    more = replace(ATTACH, attachment="attachment-51", fingerprint="f51")
    given(APPLICATION, STARTED, *held).when(more).then_refused("TOO_MANY_ATTACHMENTS")
    removed = AttachmentRemoved("attachment-1", WORKER.actor, "f1", False)
    given(APPLICATION, STARTED, *held, removed).when(more).then(
        replace(ADDED, attachment="attachment-51", fingerprint="f51")
    )


def test_attaching_and_removing_after_the_signature_void_it() -> None:
    """B6: what the managers signed and agreed to is no longer what stands."""
    voided = AgreementVoided("attachments", SIGNED.signed_by, AGREED.agreed_by)
    given(APPLICATION, STARTED, SIGNED, AGREED).when(ATTACH).then(ADDED, voided)
    given(APPLICATION, STARTED, ADDED, SIGNED, AGREED).when(REMOVE).then(
        AttachmentRemoved("attachment-1", WORKER.actor, "f1", False), voided
    )


def test_what_is_not_attached_cannot_be_removed() -> None:
    given(APPLICATION, STARTED).when(REMOVE).then_refused("NOT_FOUND")


def test_in_the_panels_hands_and_after_the_end_nothing_is_attached_or_removed() -> None:
    handed_in = given(APPLICATION, *COMPLETE, ADDED, submitted())
    for command in (replace(ATTACH, fingerprint="f2"), REMOVE):
        handed_in.when(command).then_refused("IN_PANELS_HANDS")
        closed = handed_in.and_then(ApplicationClosed("AGREED", "decision-1"))
        closed.when(command).then_refused("APPLICATION_CLOSED")


def test_what_was_handed_in_is_kept_for_the_record_when_it_is_removed_after_a_return() -> None:
    returned = given(APPLICATION, *COMPLETE, ADDED, submitted(), ApplicationReopened("officer-chair", None))
    events = returned.when(REMOVE).events
    assert events[0] == AttachmentRemoved("attachment-1", WORKER.actor, "f1", True)
    later = replace(ADDED, attachment="attachment-2", fingerprint="f2")
    events = returned.and_then(later).when(RemoveAttachment(WORKER, "attachment-2")).events
    assert events[0] == AttachmentRemoved("attachment-2", WORKER.actor, "f2", False)


def test_a_deferral_takes_documents_and_only_they_need_signing_again() -> None:
    """D5: nothing else is entered or signed anew."""
    asked = FurtherInformationAsked("decision-1", (), date(2026, 10, 20))
    deferred = given(APPLICATION, *COMPLETE, submitted(), asked)
    deferred.when(ATTACH).then(ADDED, PartReopened("attachments"))
