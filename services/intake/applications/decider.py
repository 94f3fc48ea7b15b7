"""The stream `application-<id>`: one form from first draft to submission, and further information for a deferral.

From submission on the application is in panel's hands: intake hears what became of it and opens the form again when
panel returned it, or for the pieces of further work that a deferral asked for. Each command stands with its rule in the
file of `domain` that is named for its topic.
"""

from collections.abc import Sequence

from ledger.decider import Decider, not_found, without_acting, wrong_state
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

ApplicationCommand = (
    StartApplication
    | StartFromAssessment
    | Edit
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
        case HearReturned():
            return hear_returned(command, state)
        case HearDeferred():
            return hear_deferred(command, state)
        case HearClosed():
            return hear_closed(command)
        case _:
            return edit(command, state, started)


APPLICATION: Decider[ApplicationCommand, State, ApplicationEvent] = Decider(State(), evolve, without_acting(decide))


def stream(application: str) -> str:
    """The stream of one application."""
    return f"application-{application}"
