"""Signing and agreeing: the team manager first, their comments answered, then the service manager (S4 appendix 1).

After a deferral the same officers sign and agree again only what changed (DOMAIN.md, D5).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from councils.settings import Settings
from ledger.decider import By, Failing, Private, not_allowed, not_found, wrong_state
from services.intake.applications.domain.events import (
    ApplicationAgreed,
    ApplicationEvent,
    ApplicationSigned,
    ApplicationStarted,
    ChangesAgreed,
    ChangesSigned,
    CommentAnswered,
)
from services.intake.applications.domain.levels import Judged, judge, refused
from services.intake.applications.domain.state import State
from services.intake.applications.domain.whose import only_in_our_hands, only_its_social_workers


@dataclass(frozen=True)
class SignApplication:
    """Sign the form as the manager of its team."""

    by: By
    settings: Settings
    comments: tuple[str, ...]


def sign(command: SignApplication, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    """The manager of the application's own team signs, with comments if there are any."""
    role = command.settings.signatures_for(started.kind).signed_by
    if role is None:
        raise wrong_state("SIGNATURE_NOT_ASKED_FOR", "This council asks for no signature.")
    if command.by.role != role or command.by.team != started.team:
        raise not_allowed("NOT_ITS_TEAM_MANAGER", "Only the manager of the application's own team may sign it.")
    only_in_our_hands(state.stage, deferred_too=bool(state.changed))
    comments = tuple(Private(started.person, comment) for comment in command.comments)
    changes = state.stage == "further_information"
    if (state.changes_signed_by if changes else state.signed_by) is not None:
        raise wrong_state("ALREADY_SIGNED", "This application is signed; an edit would void the signature.")
    if changes:
        return [ChangesSigned(command.by.actor, command.by.role, tuple(sorted(state.changed)), comments)]
    return [ApplicationSigned(command.by.actor, command.by.role, comments)]


@dataclass(frozen=True)
class AnswerComment:
    """Answer one of the team manager's comments."""

    by: By
    comment: str
    answer: str


def answer_comment(command: AnswerComment, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    """The social worker answers one comment; an answer is no edit and voids nothing."""
    only_its_social_workers(command.by, started)
    only_in_our_hands(state.stage, deferred_too=True)
    number = command.comment.removeprefix("comment-")
    if not (command.comment.startswith("comment-") and number.isdecimal() and 1 <= int(number) <= state.comments):
        raise not_found("There is no such comment on this application.")
    if command.comment not in state.open_comments:
        raise wrong_state("COMMENT_ANSWERED", "This comment is answered already.")
    return [CommentAnswered(command.comment, Private(started.person, command.answer), command.by.actor)]


@dataclass(frozen=True)
class AgreeApplication:
    """Agree to the submission as the manager of its service."""

    by: By
    settings: Settings


def agree(command: AgreeApplication, state: State, started: ApplicationStarted) -> Sequence[ApplicationEvent]:
    """The manager of the application's own service agrees, once it is signed and every comment answered (B6, B16)."""
    settings = command.settings
    asked = settings.signatures_for(started.kind)
    if asked.agreed_by is None:
        raise wrong_state("AGREEMENT_NOT_ASKED_FOR", "This council asks for no agreement.")
    if command.by.role != asked.agreed_by or command.by.service != started.service:
        raise not_allowed("NOT_ITS_SERVICE_MANAGER", "Only the manager of the application's own service may agree.")
    only_in_our_hands(state.stage, deferred_too=bool(state.changed))
    changes = state.stage == "further_information"
    signed_by, agreed_by = (
        (state.changes_signed_by, state.changes_agreed_by) if changes else (state.signed_by, state.agreed_by)
    )
    if asked.signed_by is not None and signed_by is None and settings.guard("TM_SIGNATURE_MISSING") == "refuse":
        raise wrong_state("NOT_SIGNED", "The team manager signs before the service manager agrees.")
    if agreed_by is not None:
        raise wrong_state("ALREADY_AGREED", "This application is agreed; an edit would void the agreement.")
    judged = _comments(settings, state)
    by = command.by
    if changes:
        parts = tuple(sorted(state.changed))
        return [ChangesAgreed(by.actor, by.role, parts, judged.warnings, judged.guards)]
    return [ApplicationAgreed(by.actor, by.role, judged.warnings, judged.guards)]


def _comments(settings: Settings, state: State) -> Judged:
    """Every comment is answered before the agreement (S4 appendix 1; B16). Raises Refused COMMENT_OPEN."""
    failing = [
        Failing(f"/comments/{comment}", "COMMENT_OPEN", "A comment of the team manager's is not answered.")
        for comment in state.open_comments
    ]
    judged = judge(settings, failing)
    if judged.failing:
        raise refused(judged.failing, "Comments of the team manager's are not answered.")
    return judged
