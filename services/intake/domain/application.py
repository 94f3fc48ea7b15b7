"""The stream `application-<id>`: one form from first draft to submission, and further information for a deferral.

From submission on the application is in panel's hands: intake hears what became of it and opens the form again when
panel returned it, or for the pieces of further work that a deferral asked for. Its events stand in `events` and
`parts`, its commands in `commands`, how they add up in `state`, what a form must hold in `completeness` and `gaps`;
what a command leads to stands by topic in `starting`, `editing`, `signing` and `submitting`.
"""

from collections.abc import Sequence

from ledger.decider import Decider, not_found, wrong_state
from services.intake.domain.commands import (
    AbandonApplication,
    AgreeAbandonment,
    AgreeApplication,
    AnswerComment,
    ApplicationCommand,
    ExpectApplication,
    GiveFurtherInformation,
    HearClosed,
    HearDeferred,
    HearReturned,
    SignApplication,
    StartApplication,
    StartFromAssessment,
    SubmitApplication,
)
from services.intake.domain.completeness import cut_off_of
from services.intake.domain.editing import edit
from services.intake.domain.events import (
    ApplicationClosed,
    ApplicationEvent,
    ApplicationReopened,
    FurtherInformationAsked,
)
from services.intake.domain.signing import agree, answer_comment, sign, void_unsigned
from services.intake.domain.starting import start, start_from_assessment
from services.intake.domain.state import State, evolve
from services.intake.domain.submitting import abandon, agree_abandonment, expect, give_further_information, submit


def decide(command: ApplicationCommand, state: State) -> Sequence[ApplicationEvent]:
    """What a command leads to; see the function of each. Raises Refused."""
    match command:
        case StartApplication():
            if state.started is not None:
                raise wrong_state("ALREADY_STARTED", "This application has been begun already.")
            return start(command)
        case StartFromAssessment():
            return start_from_assessment(command)
        case _:
            pass
    started = state.started
    if started is None:
        raise not_found()
    match command:
        case SignApplication():
            return sign(command, state, started)
        case AnswerComment():
            return answer_comment(command, state, started)
        case AgreeApplication():
            return agree(command, state, started)
        case ExpectApplication():
            return expect(command, state, started)
        case SubmitApplication():
            return submit(command, state, started)
        case AgreeAbandonment():
            return agree_abandonment(command, state, started)
        case AbandonApplication():
            return abandon(command, state, started)
        case GiveFurtherInformation():
            return give_further_information(command, state, started)
        case HearReturned(by, defer_to, settings):
            closes_at = cut_off_of(settings, state.forum, defer_to)
            return [ApplicationReopened(by, defer_to, closes_at), *void_unsigned(state)]
        case HearDeferred(decision, work, next_sitting_on, settings):
            closes_at = cut_off_of(settings, state.forum, next_sitting_on)
            return [FurtherInformationAsked(decision, work, next_sitting_on, closes_at)]
        case HearClosed(outcome, decision):
            return [ApplicationClosed(outcome, decision)]
        case _:
            return edit(command, state, started)


APPLICATION: Decider[ApplicationCommand, State, ApplicationEvent] = Decider(State(), evolve, decide)


def stream(application: str) -> str:
    """The stream of one application."""
    return f"application-{application}"
