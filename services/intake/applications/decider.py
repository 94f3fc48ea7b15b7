"""The stream `application-<id>`: one form from first draft to submission, and further information for a deferral.

From submission on the application is in panel's hands: intake hears what became of it and opens the form again when
panel returned it, or for the pieces of further work that a deferral asked for. Each command stands with its rule in the
file of `domain` that is named for its topic.
"""

from collections.abc import Sequence
from typing import Any

from ledger.decider import Acting, Decider, not_found
from services.intake.applications.domain.abandoning import (
    AbandonApplication,
    AgreeAbandonment,
    abandon,
    agree_abandonment,
)
from services.intake.applications.domain.announcing import ExpectApplication, expect
from services.intake.applications.domain.editing import Edit, edit
from services.intake.applications.domain.events import ApplicationEvent
from services.intake.applications.domain.further_information import GiveFurtherInformation, give_further_information
from services.intake.applications.domain.hearing import (
    HearClosed,
    HearDeferred,
    HeardFromPanel,
    HearReturned,
    hear_closed,
    hear_deferred,
    hear_returned,
)
from services.intake.applications.domain.signing import (
    AgreeApplication,
    AnswerComment,
    SignApplication,
    agree,
    answer_comment,
    sign,
)
from services.intake.applications.domain.starting import (
    StartApplication,
    StartFromAssessment,
    start,
    start_from_assessment,
)
from services.intake.applications.domain.state import State, evolve
from services.intake.applications.domain.submitting import SubmitApplication, submit
from services.intake.applications.domain.taking_out import TakeOutFamilyMember, take_out

ApplicationCommand = (
    StartApplication
    | StartFromAssessment
    | Edit
    | TakeOutFamilyMember
    | SignApplication
    | AnswerComment
    | AgreeApplication
    | ExpectApplication
    | SubmitApplication
    | AgreeAbandonment
    | AbandonApplication
    | GiveFurtherInformation
    | HeardFromPanel
)


def decide(command: ApplicationCommand, state: State, acting: Acting[Any]) -> Sequence[ApplicationEvent]:
    """What a command leads to; see the function of each. Raises Refused."""
    match command:
        case StartApplication():
            return start(command, state, acting)
        case StartFromAssessment():
            return start_from_assessment(command, state, acting)
        case _ if state.started is None:
            raise not_found()
        case TakeOutFamilyMember():
            return take_out(command, state, acting)
        case SignApplication():
            return sign(command, state, acting)
        case AnswerComment():
            return answer_comment(command, state, acting)
        case AgreeApplication():
            return agree(command, state, acting)
        case ExpectApplication():
            return expect(command, state, acting)
        case SubmitApplication():
            return submit(command, state, acting)
        case AgreeAbandonment():
            return agree_abandonment(command, state, acting)
        case AbandonApplication():
            return abandon(command, state, acting)
        case GiveFurtherInformation():
            return give_further_information(command, state, acting)
        case HearReturned():
            return hear_returned(command, state, acting)
        case HearDeferred():
            return hear_deferred(command, state, acting)
        case HearClosed():
            return hear_closed(command, state, acting)
        case _:
            return edit(command, state, acting)


APPLICATION: Decider[ApplicationCommand, State, ApplicationEvent] = Decider(State(), evolve, decide)


def stream(application: str) -> str:
    """The stream of one application."""
    return f"application-{application}"
