"""The stream `sitting-<id>`: its commands and their rules put together."""

from datetime import date
from typing import Any, assert_never
from uuid import NAMESPACE_URL, UUID, uuid5

from ledger.decider import Acting, Decider, wrong_state
from services.panel.sittings.domain.agenda import (
    FreeSlot,
    OfferSlot,
    PlaceMovedOn,
    PlaceRatification,
    PlaceReturning,
    free,
    offer,
    place_moved_on,
    place_ratification,
    place_returning,
)
from services.panel.sittings.domain.closing import CloseSitting, SignMinutes, close, sign
from services.panel.sittings.domain.events import Event
from services.panel.sittings.domain.hearing import CloseItem, OpenItem, OpenSitting, close_item, open_item, open_sitting
from services.panel.sittings.domain.scheduling import ScheduleSitting, schedule
from services.panel.sittings.domain.state import State, evolve

Command = (
    ScheduleSitting
    | OfferSlot
    | PlaceRatification
    | PlaceReturning
    | PlaceMovedOn
    | FreeSlot
    | OpenSitting
    | OpenItem
    | CloseItem
    | CloseSitting
    | SignMinutes
)


def decide(command: Command, state: State, acting: Acting[Any]) -> list[Event]:
    """What one command leads to. Raises Refused."""
    if state.stage == "signed":
        raise wrong_state("MINUTES_SIGNED", "The minutes of this sitting are signed and cannot change (S4 appendix).")
    match command:
        case ScheduleSitting():
            return schedule(command, state, acting)
        case OfferSlot():
            return offer(command, state, acting)
        case PlaceRatification():
            return place_ratification(command, state, acting)
        case PlaceReturning():
            return place_returning(command, state, acting)
        case PlaceMovedOn():
            return place_moved_on(command, state, acting)
        case FreeSlot():
            return free(command, state, acting)
        case OpenSitting():
            return open_sitting(command, state, acting)
        case OpenItem():
            return open_item(command, state, acting)
        case CloseItem():
            return close_item(command, state, acting)
        case CloseSitting():
            return close(command, state, acting)
        case SignMinutes():
            return sign(command, state, acting)
        case _:
            assert_never(command)


DECIDER: Decider[Command, State, Event] = Decider(State(), evolve, decide)


def stream(identity: UUID) -> str:
    """The stream of one sitting."""
    return f"sitting-{identity}"


def sitting_id(council: str, forum: str, on: date) -> UUID:
    """A forum sits once on a day, so forum and day name the sitting."""
    return uuid5(NAMESPACE_URL, f"panelbook:sitting:{council}:{forum}:{on.isoformat()}")
