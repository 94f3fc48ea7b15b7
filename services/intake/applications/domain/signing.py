"""Signing and agreeing: the team manager first, their comments answered, then the service manager (S4 appendix 1).

After a deferral the same officers sign and agree again only what changed (DOMAIN.md, D5).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from councils.guards import Warned, level_of
from councils.settings import Settings
from ledger.decider import Acting, Failing, Private, not_allowed, not_found, wrong_state
from services.intake.applications.domain.events import (
    ApplicationAgreed,
    ApplicationEvent,
    ApplicationSigned,
    ChangesAgreed,
    ChangesSigned,
    CommentAnswered,
)
from services.intake.applications.domain.state import State
from services.intake.applications.domain.whose import not_their_own, only_in_our_hands, only_its_social_workers
from services.requirements import require


@dataclass(frozen=True)
class SignApplication:
    """Sign the form as the manager of its team."""

    comments: tuple[str, ...]


def sign(command: SignApplication, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """The manager of the application's own team signs, with comments if there are any."""
    role = acting.settings.signatures_for(state.begun.kind).signed_by
    if role is None:
        raise wrong_state("SIGNATURE_NOT_ASKED_FOR", "This council asks for no signature.")
    if acting.by.role != role or acting.by.team != state.begun.team:
        raise not_allowed("NOT_ITS_TEAM_MANAGER", "Only the manager of the application's own team may sign it.")
    not_their_own(acting.by, state.begun, _standing(state)[1])
    only_in_our_hands(state.stage, deferred_too=bool(state.changed))
    comments = tuple(Private(state.begun.person, comment) for comment in command.comments)
    changes = state.stage == "further_information"
    if _standing(state)[0] is not None:
        raise wrong_state("ALREADY_SIGNED", "This application is signed; an edit would void the signature.")
    if changes:
        return [ChangesSigned(acting.by.actor, acting.by.role, tuple(sorted(state.changed)), comments)]
    return [ApplicationSigned(acting.by.actor, acting.by.role, comments)]


@dataclass(frozen=True)
class AnswerComment:
    """Answer one of the team manager's comments."""

    comment: str
    answer: str


def answer_comment(command: AnswerComment, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """The social worker answers one comment; an answer is no edit and voids nothing."""
    only_its_social_workers(acting.by, state.begun)
    only_in_our_hands(state.stage, deferred_too=True)
    number = command.comment.removeprefix("comment-")
    if not (command.comment.startswith("comment-") and number.isdecimal() and 1 <= int(number) <= state.comments):
        raise not_found("There is no such comment on this application.")
    if command.comment not in state.open_comments:
        raise wrong_state("COMMENT_ANSWERED", "This comment is answered already.")
    return [CommentAnswered(command.comment, Private(state.begun.person, command.answer), acting.by.actor)]


@dataclass(frozen=True)
class AgreeApplication:
    """Agree to the submission as the manager of its service."""


def agree(command: AgreeApplication, state: State, acting: Acting[Settings]) -> Sequence[ApplicationEvent]:
    """The manager of the application's own service agrees, once it is signed and every comment answered (B6, B16)."""
    settings = acting.settings
    asked = settings.signatures_for(state.begun.kind)
    if asked.agreed_by is None:
        raise wrong_state("AGREEMENT_NOT_ASKED_FOR", "This council asks for no agreement.")
    if acting.by.role != asked.agreed_by or acting.by.service != state.begun.service:
        raise not_allowed("NOT_ITS_SERVICE_MANAGER", "Only the manager of the application's own service may agree.")
    only_in_our_hands(state.stage, deferred_too=bool(state.changed))
    changes = state.stage == "further_information"
    signed_by, agreed_by = _standing(state)
    not_their_own(acting.by, state.begun, signed_by)
    if (
        asked.signed_by is not None
        and signed_by is None
        and level_of(settings, "TM_SIGNATURE_MISSING", state.begun.kind) == "refuse"
    ):
        raise wrong_state("NOT_SIGNED", "The team manager signs before the service manager agrees.")
    if agreed_by is not None:
        raise wrong_state("ALREADY_AGREED", "This application is agreed; an edit would void the agreement.")
    warned = _comments(settings, state)
    by = acting.by
    if changes:
        parts = tuple(sorted(state.changed))
        return [ChangesAgreed(by.actor, by.role, parts, warned)]
    return [ApplicationAgreed(by.actor, by.role, warned)]


def _standing(state: State) -> tuple[str | None, str | None]:
    """Who signed and who agreed what is theirs to judge now: after a deferral only what changed."""
    if state.stage == "further_information":
        return state.changes_signed_by, state.changes_agreed_by
    return state.signed_by, state.agreed_by


def _comments(settings: Settings, state: State) -> tuple[Warned, ...]:
    """Every comment is answered before the agreement (S4 appendix 1; B16). Raises Refused COMMENT_OPEN."""
    failing = [
        Failing(f"/comments/{comment}", "COMMENT_OPEN", "A comment of the team manager's is not answered.")
        for comment in state.open_comments
    ]
    return require(settings, failing, "Comments of the team manager's are not answered.", kind=state.begun.kind)
