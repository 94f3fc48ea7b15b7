"""The stream `settings`: a council's own rules, version by version, as its management team publishes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from councils import checks
from councils.checks import Defect, Unreadable
from councils.settings import Settings, Terms, digest
from ledger.decider import By, Decider, Failing, not_allowed, rule_broken

# --- Events ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SettingsPublished:
    """A version of the council's settings: the whole document, and its SHA-256 in hex."""

    version: int
    in_force_from: datetime
    settings: dict[str, Any]
    digest: str
    published_by: str


# --- Commands -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PublishSettings:
    """Publish terms as the council's next version, in force from a moment to come."""

    by: By
    council: str
    at: datetime
    terms: Mapping[str, Any]
    in_force_from: datetime


# --- State ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class State:
    """What the newest version says about publishing the next one."""

    version: int = 0
    in_force_from: datetime | None = None
    management_team: str = ""
    notice: timedelta = timedelta()
    terms: Mapping[str, Any] = field(default_factory=dict[str, Any])


def evolve(_: State, event: SettingsPublished) -> State:
    """The newest version replaces the one before it."""
    terms = {name: value for name, value in event.settings.items() if name not in ("version", "in_force_from")}
    return State(
        version=event.version,
        in_force_from=event.in_force_from,
        management_team=event.settings["management_team"],
        notice=timedelta(minutes=event.settings["publication_notice_minutes"]),
        terms=terms,
    )


# --- Rules ----------------------------------------------------------------------------------------------------


def decide(command: PublishSettings, state: State) -> Sequence[SettingsPublished]:
    """Whether the terms may become the next version; the same terms once more are nothing new."""
    if command.by.role != "settings_publisher":
        raise not_allowed("NOT_A_PUBLISHER", "Only a settings publisher may publish a council's settings.")
    terms = _readable(command.terms)
    if command.by.team != (state.management_team or terms.management_team):
        raise not_allowed("NOT_MANAGEMENT_TEAM", "Settings are published by the council's management team (S4 §2).")
    if terms.id != command.council:
        raise rule_broken("WRONG_COUNCIL", "These settings belong to another council.")
    if broken := checks.defects(terms):
        raise rule_broken(broken[0].code, broken[0].sentence, failing=_failing(broken))
    if terms.document() == state.terms:
        return []
    _in_time(command, terms, state)
    version = state.version + 1
    document = Settings.of(terms, version=version, in_force_from=command.in_force_from).document()
    return [SettingsPublished(version, command.in_force_from, document, digest(document), command.by.actor)]


def _readable(document: Mapping[str, Any]) -> Terms:
    try:
        return checks.read(document)
    except Unreadable as unreadable:
        sentence = "These are not a council's settings: some parts cannot be read."
        raise rule_broken("SETTINGS_UNREADABLE", sentence, failing=_failing(unreadable.defects)) from None


def _failing(defects: Sequence[Defect]) -> list[Failing]:
    return [Failing(f"/settings{defect.pointer}", defect.code, defect.sentence) for defect in defects]


def _in_time(command: PublishSettings, terms: Terms, state: State) -> None:
    """Nobody is bound by a rule before it can have reached every service, and never by one in the past."""
    notice = state.notice or timedelta(minutes=terms.publication_notice_minutes)
    earliest = command.at + notice
    if command.in_force_from < earliest:
        minutes = int(notice.total_seconds() // 60)
        raise rule_broken(
            "TOO_SOON",
            f"Settings may come into force {minutes} minutes after they are published, and no sooner.",
            earliest=earliest.isoformat(),
        )
    if state.in_force_from is not None and command.in_force_from <= state.in_force_from:
        raise rule_broken(
            "OUT_OF_ORDER",
            "A version already published comes into force later: name a moment after it.",
            in_force_from=state.in_force_from.isoformat(),
        )


SETTINGS: Decider[PublishSettings, State, SettingsPublished] = Decider(State(), evolve, decide)
STREAM = "settings"
