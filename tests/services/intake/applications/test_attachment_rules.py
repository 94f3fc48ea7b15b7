"""The rules of attachments: who attaches what and when, and what becomes of signatures and of bytes handed in."""

from dataclasses import replace
from datetime import date

import pytest

from councils.settings import Settings
from ledger.decider import By, Private
from services.intake.applications.domain.attaching import MEDIA_TYPES, MOST, AttachFile, RemoveAttachment
from services.intake.applications.domain.events import (
    AgreementVoided,
    ApplicationClosed,
    ApplicationReopened,
    FurtherInformationAsked,
    PartReopened,
)
from services.intake.applications.domain.form_events import AttachmentAdded, AttachmentRemoved
from tests.services.intake.cases import (
    AGREED,
    CHILD,
    COMPLETE,
    SIGNED,
    STARTED,
    SWINDON,
    WORKER,
    acting,
    application,
    submitted,
)

ATTACH = AttachFile(
    attachment="attachment-1",
    name="report.pdf",
    type="PDF",
    size=1_000,
    fingerprint="f1",
    digest="d1",
    scan="clean",
)
ADDED = AttachmentAdded("attachment-1", Private(CHILD, "report.pdf"), "PDF", 1_000, "f1", "d1", "clean", WORKER.actor)
REMOVE = RemoveAttachment("attachment-1")


def taking(**changes: object) -> Settings:
    """The council's settings where it takes other sizes or types of files."""
    return SWINDON.model_copy(update={"attachments": SWINDON.attachments.model_copy(update=changes)})


def test_its_social_workers_attach_a_file_whose_name_is_the_persons() -> None:
    application(STARTED).when(ATTACH).then(ADDED)


def test_nobody_else_attaches_or_removes() -> None:
    others = (By("officer-x", "social_worker", "another-team"), By("officer-tm", "team_manager", STARTED.team))
    for other in others:
        application(STARTED).when(ATTACH, acting(other)).then_refused("NOT_YOUR_APPLICATION")
        application(STARTED, ADDED).when(REMOVE, acting(other)).then_refused("NOT_YOUR_APPLICATION")


def test_the_same_bytes_again_change_nothing_whatever_they_are_called() -> None:
    again = replace(ATTACH, attachment="attachment-2", name="another name.pdf")
    application(STARTED, ADDED).when(again).then_nothing()
    application(STARTED, ADDED, AttachmentRemoved("attachment-1", WORKER.actor, "f1", False)).when(again).then(
        replace(ADDED, attachment="attachment-2", name=Private(CHILD, "another name.pdf"))
    )


def test_exactly_the_councils_limit_is_taken_and_one_byte_more_is_not() -> None:
    limited = acting(settings=taking(max_bytes=1_000))
    application(STARTED).when(replace(ATTACH, size=1_001), limited).then_refused("FILE_TOO_LARGE")
    application(STARTED).when(replace(ATTACH, size=1_000), limited).then(ADDED)


@pytest.mark.parametrize("found", MEDIA_TYPES)
def test_a_type_that_the_council_does_not_take_is_refused(found: str) -> None:
    types = tuple(media_type for name, media_type in MEDIA_TYPES.items() if name != found)
    fewer = acting(settings=taking(types=types, max_bytes=1_000))
    application(STARTED).when(replace(ATTACH, type=found), fewer).then_refused("TYPE_NOT_TAKEN")
    both = replace(ATTACH, type=found, size=1_001)
    application(STARTED).when(both, fewer).then_refused("FILE_TOO_LARGE", failing=["FILE_TOO_LARGE", "TYPE_NOT_TAKEN"])


def test_an_application_holds_fifty_attachments_and_not_one_more() -> None:
    held = [replace(ADDED, attachment=f"attachment-{n}", fingerprint=f"f{n}") for n in range(1, MOST + 1)]
    more = replace(ATTACH, attachment="attachment-51", fingerprint="f51")
    application(STARTED, *held).when(more).then_refused("TOO_MANY_ATTACHMENTS")
    removed = AttachmentRemoved("attachment-1", WORKER.actor, "f1", False)
    application(STARTED, *held, removed).when(more).then(replace(ADDED, attachment="attachment-51", fingerprint="f51"))


def test_attaching_and_removing_after_the_signature_void_it() -> None:
    """B6: what the managers signed and agreed to is no longer what stands."""
    voided = AgreementVoided("attachments", SIGNED.signed_by, AGREED.agreed_by)
    application(STARTED, SIGNED, AGREED).when(ATTACH).then(ADDED, voided)
    application(STARTED, ADDED, SIGNED, AGREED).when(REMOVE).then(
        AttachmentRemoved("attachment-1", WORKER.actor, "f1", False), voided
    )


def test_what_is_not_attached_cannot_be_removed() -> None:
    application(STARTED).when(REMOVE).then_refused("NOT_FOUND")


def test_in_the_panels_hands_and_after_the_end_nothing_is_attached_or_removed() -> None:
    handed_in = application(*COMPLETE, ADDED, submitted())
    for command in (replace(ATTACH, fingerprint="f2"), REMOVE):
        handed_in.when(command).then_refused("IN_PANELS_HANDS")
        closed = handed_in.and_then(ApplicationClosed("AGREED", "decision-1"))
        closed.when(command).then_refused("APPLICATION_CLOSED")


def test_what_was_handed_in_is_kept_for_the_record_when_it_is_removed_after_a_return() -> None:
    returned = application(*COMPLETE, ADDED, submitted(), ApplicationReopened("officer-chair", None))
    events = returned.when(REMOVE).events
    assert events[0] == AttachmentRemoved("attachment-1", WORKER.actor, "f1", True)
    later = replace(ADDED, attachment="attachment-2", fingerprint="f2")
    events = returned.and_then(later).when(RemoveAttachment("attachment-2")).events
    assert events[0] == AttachmentRemoved("attachment-2", WORKER.actor, "f2", False)


def test_a_deferral_takes_documents_and_only_they_need_signing_again() -> None:
    """D5: nothing else is entered or signed anew."""
    asked = FurtherInformationAsked("decision-1", (), date(2026, 10, 20))
    deferred = application(*COMPLETE, submitted(), asked)
    deferred.when(ATTACH).then(ADDED, PartReopened("attachments"))
