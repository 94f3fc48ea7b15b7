"""The stream `settings`: a council's own rules, version by version, as its management team publishes them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, assert_never

from councils import checks
from councils.checks import Defect, Unreadable
from councils.settings import Settings, Terms, digest
from ledger.decider import Acting, By, Decider, Failing, not_allowed, not_found, rule_broken, wrong_state

# --- Events ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SettingsPublished:
    """A version of the council's settings: the whole document, and its SHA-256 in hex."""

    version: int
    in_force_from: datetime
    settings: dict[str, Any]
    digest: str
    published_by: str


@dataclass(frozen=True)
class SettingsRetired:
    """A version is taken back and will not be returned to; ``replaced_by`` was published in its place, if it had to be.

    What it decided stays decided by it: every route goes on naming it.
    """

    version: int
    reason: str
    retired_by: str
    replaced_by: int | None


SettingsEvent = SettingsPublished | SettingsRetired

# --- Commands -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PublishSettings:
    """Publish terms as the council's next version, in force from a moment to come."""

    council: str
    terms: Mapping[str, Any]
    in_force_from: datetime


@dataclass(frozen=True)
class RetireSettings:
    """Take a version back, in force already or not; the newest version is followed by the one it had replaced."""

    version: int
    reason: str


SettingsCommand = PublishSettings | RetireSettings

# --- State ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """Every version published so far, and what the newest one says about publishing the next."""

    version: int = 0
    in_force_from: datetime | None = None
    management_team: str = ""
    notice: timedelta = timedelta()
    terms: Mapping[str, Any] = field(default_factory=dict[str, Any])
    published: Mapping[int, Mapping[str, Any]] = field(default_factory=dict[int, Mapping[str, Any]])
    retired: frozenset[int] = frozenset()


def evolve(state: State, event: SettingsEvent) -> State:
    """The newest version replaces the one before it; a retired one is not returned to."""
    match event:
        case SettingsPublished():
            terms = {name: value for name, value in event.settings.items() if name not in ("version", "in_force_from")}
            return State(
                version=event.version,
                in_force_from=event.in_force_from,
                management_team=event.settings["management_team"],
                notice=timedelta(minutes=event.settings["publication_notice_minutes"]),
                terms=terms,
                published={**state.published, event.version: terms},
                retired=state.retired,
            )
        case SettingsRetired():
            return replace(state, retired=state.retired | {event.version})
        case _:
            assert_never(event)


# --- Rules ----------------------------------------------------------------------------------------------------


def decide(command: SettingsCommand, state: State, acting: Acting[Any]) -> Sequence[SettingsEvent]:
    """Publishing and retiring are for a settings publisher of the management team that the newest settings name."""
    if acting.by.role != "settings_publisher":
        raise not_allowed("NOT_A_PUBLISHER", "Only a settings publisher may publish or retire a council's settings.")
    match command:
        case PublishSettings():
            return _publish(command, state, acting)
        case RetireSettings():
            return _retire(command, state, acting)
        case _:
            assert_never(command)


def findings(command: PublishSettings, state: State, at: datetime) -> list[Defect]:
    """Everything that stands in the way of publishing these terms at that moment, whoever asks; the worst first."""
    try:
        terms = checks.read(command.terms)
    except Unreadable as unreadable:
        return [Defect(f"/settings{one.pointer}", one.code, one.sentence) for one in unreadable.defects]
    found: list[Defect] = []
    if terms.id != command.council:
        found.append(Defect("/settings/id", "WRONG_COUNCIL", "These settings belong to another council."))
    found += [Defect(f"/settings{one.pointer}", one.code, one.sentence) for one in checks.defects(terms)]
    if not _nothing_new(terms, state):
        found += _untimely(command, terms, state, at)
    return found


def _publish(command: PublishSettings, state: State, acting: Acting[Any]) -> Sequence[SettingsPublished]:
    _of_the_team(acting.by, state.management_team or str(command.terms.get("management_team", "")))
    found = findings(command, state, acting.at)
    if found:
        worst = found[0].code
        sentence = "These are not a council's settings: some parts cannot be read."
        raise rule_broken(
            worst,
            sentence if worst == "SETTINGS_UNREADABLE" else found[0].sentence,
            failing=[Failing(one.pointer, one.code, one.sentence) for one in found],
            **_moments(worst, command, state, acting.at),
        )
    terms = checks.read(command.terms)
    if _nothing_new(terms, state):
        return []
    return [_next(terms, state, command.in_force_from, acting.by)]


def _nothing_new(terms: Terms, state: State) -> bool:
    """Whether these are the newest terms once more, whichever defaults their document wrote out."""
    return bool(state.terms) and checks.read(state.terms) == terms


def _retire(command: RetireSettings, state: State, acting: Acting[Any]) -> Sequence[SettingsEvent]:
    _of_the_team(acting.by, state.management_team)
    if command.version not in state.published:
        raise not_found()
    if command.version in state.retired:
        raise wrong_state("ALREADY_RETIRED", "This version has been retired already.")
    retired = SettingsRetired(command.version, command.reason, acting.by.actor, None)
    if command.version != state.version:
        return [retired]
    # Whoever hears of settings follows the newest version that has begun. The one before therefore returns as a version
    # of its own: no council is ever without rules, and nobody has to know that a version can be taken back.
    earlier = [version for version in state.published if version not in state.retired | {command.version}]
    if not earlier:
        raise rule_broken("LAST_SETTINGS", "No earlier version could take its place: publish another one instead.")
    terms = checks.read(state.published[max(earlier)])
    returning = _next(terms, state, acting.at + _notice(terms, state), acting.by)
    return [replace(retired, replaced_by=returning.version), returning]


def _of_the_team(by: By, management_team: str) -> None:
    if by.team != management_team:
        raise not_allowed("NOT_MANAGEMENT_TEAM", "Settings are published by the council's management team (S4 §2).")


def _next(terms: Terms, state: State, in_force_from: datetime, by: By) -> SettingsPublished:
    version = state.version + 1
    document = Settings.of(terms, version=version, in_force_from=in_force_from).document()
    return SettingsPublished(version, in_force_from, document, digest(document), by.actor)


def _notice(terms: Terms, state: State) -> timedelta:
    return state.notice or timedelta(minutes=terms.publication_notice_minutes)


def _untimely(command: PublishSettings, terms: Terms, state: State, at: datetime) -> Iterator[Defect]:
    """Nobody is bound by a rule before it can have reached every service, and never by one in the past."""
    notice = _notice(terms, state)
    if command.in_force_from < at + notice:
        minutes = int(notice.total_seconds() // 60)
        sentence = f"Settings may come into force {minutes} minutes after they are published, and no sooner."
        yield Defect("/in_force_from", "TOO_SOON", sentence)
    if state.in_force_from is not None and command.in_force_from <= state.in_force_from:
        sentence = "A version already published comes into force later: name a moment after it."
        yield Defect("/in_force_from", "OUT_OF_ORDER", sentence)


def _moments(code: str, command: PublishSettings, state: State, at: datetime) -> dict[str, str]:
    match code:
        case "TOO_SOON":
            return {"earliest": (at + _notice(checks.read(command.terms), state)).isoformat()}
        case "OUT_OF_ORDER" if state.in_force_from is not None:
            return {"in_force_from": state.in_force_from.isoformat()}
        case _:
            return {}


SETTINGS: Decider[SettingsCommand, State, SettingsEvent] = Decider(State(), evolve, decide)
STREAM = "settings"
