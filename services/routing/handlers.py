"""One function for every command of routing: load, decide, append; and what is worked out without storing anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from councils.scheme import Facts, Preview, preview
from councils.settings import Limit, Settings
from edge.commands import by
from ledger.book import Book, Desk
from ledger.decider import not_found, not_ready, rule_broken
from ledger.rows import Context, Outcome, Row
from ledger.store import Reader
from services.routing import projections
from services.routing.domain import deciding, foreseen, officer, route
from services.routing.domain.officer import (
    OFFICER,
    AcknowledgeTerms,
    AppointOfficer,
    ChangeRole,
    EndAuthority,
    GrantAuthority,
    RecordTraining,
)
from services.routing.domain.route import ROUTE, Asked, GrantException, RouteApplication, RouteChangedCost
from services.routing.domain.settings import (
    SETTINGS,
    STREAM,
    PublishSettings,
    RetireSettings,
    SettingsEvent,
    SettingsPublished,
    State,
    findings,
)

# --- Settings -------------------------------------------------------------------------------------------------


async def publish_settings(book: Book, context: Context, terms: Mapping[str, Any], in_force_from: datetime) -> Outcome:
    """Publish terms as the next version; the answer adds the number and the beginning of what now is newest."""
    command = PublishSettings(by(context), context.council, context.received_at, terms, in_force_from)
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(SETTINGS, STREAM, command, answer=_newest)


async def retire_settings(book: Book, context: Context, expected: int, version: int, reason: str) -> Outcome:
    """Take a version back; the answer adds the number and the beginning of what now is newest."""
    command = RetireSettings(by(context), context.received_at, version, reason)
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(SETTINGS, STREAM, command, expected=expected, answer=_newest)


def _newest(state: State, _: Sequence[SettingsEvent]) -> dict[str, Any]:
    return {"settings_version": state.version, "in_force_from": state.in_force_from}


@dataclass(frozen=True)
class Finding:
    """One thing wrong with a draft: where, which code, a sentence, and the row's own name where it is in a table."""

    pointer: str
    code: str
    sentence: str
    row: str | None


async def validate_settings(
    book: Book, context: Context, terms: Mapping[str, Any], in_force_from: datetime
) -> list[Finding]:
    """Everything that stands in the way of publishing a draft at that moment; nothing is stored."""
    async with book.reading(context.council) as reader:
        versions = await projections.published(reader)
    state = SETTINGS.fold(
        SettingsPublished(one["version"], one["in_force_from"], one["settings"], one["digest"], one["published_by"])
        for one in reversed(versions)
    )
    command = PublishSettings(by(context), context.council, context.received_at, terms, in_force_from)
    return [Finding(one.pointer, one.code, one.sentence, _row(terms, one.pointer)) for one in findings(command, state)]


def _row(terms: Mapping[str, Any], pointer: str) -> str | None:
    """The id of the decision table's row into which a pointer leads, or None where it leads elsewhere."""
    _, _, table, rules, number, *_ = *pointer.split("/"), "", "", ""
    if rules != "rules" or not number.isdecimal():
        return None
    content = terms.get(table)
    rows = content.get("rules") if isinstance(content, Mapping) else None
    if not isinstance(rows, list) or int(number) >= len(rows) or not isinstance(rows[int(number)], Mapping):
        return None
    name = rows[int(number)].get("_id")
    return name if isinstance(name, str) else None


# --- Officers -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Appointment:
    """Who is appointed to what; name and address are sealed as the officer's own."""

    officer: str
    role: str
    team: str
    service: str
    name: str
    email: str


async def appoint_officer(book: Book, context: Context, appointment: Appointment) -> Outcome:
    """Give a person of the council a role."""
    command = AppointOfficer(
        by(context),
        appointment.officer,
        appointment.role,
        appointment.team,
        appointment.service,
        appointment.name,
        appointment.email,
    )
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(OFFICER, officer.stream(appointment.officer), command)


async def change_role(book: Book, context: Context, expected: int, appointment: Appointment) -> Outcome:
    """Give an officer another role, place or address."""
    command = ChangeRole(
        by(context),
        appointment.officer,
        appointment.role,
        appointment.team,
        appointment.service,
        appointment.name,
        appointment.email,
        context.received_at,
    )
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(OFFICER, officer.stream(appointment.officer), command, expected=expected)


@dataclass(frozen=True)
class Grant:
    """Up to how many pence a week (and a year, and once), from when, and until when if an end is known."""

    limit_weekly_pence: int
    from_at: datetime
    until_at: datetime | None
    limit_one_off_pence: int | None = None
    limit_yearly_pence: int | None = None


async def grant_authority(book: Book, context: Context, expected: int, name: str, grant: Grant) -> Outcome:
    """Let an officer decide alone up to a limit, never more than the settings in force then give to their role.

    Where none are in force yet, the newest that were published bind already; before there are any, nothing does.
    """
    async with book.unit_of_work(context) as desk:
        begun = await projections.settings_in_force(desk, max(grant.from_at, context.received_at))
        command = GrantAuthority(
            by(context),
            name,
            grant.limit_weekly_pence,
            grant.from_at,
            grant.until_at,
            grant.limit_one_off_pence,
            grant.limit_yearly_pence,
            begun or await projections.newest_settings(desk),
        )
        return await desk.carry_out(OFFICER, officer.stream(name), command, expected=expected)


async def end_authority(book: Book, context: Context, expected: int, name: str) -> Outcome:
    """Take an officer's authority back from the moment the request arrived."""
    command = EndAuthority(by(context), name, context.received_at)
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(OFFICER, officer.stream(name), command, expected=expected)


async def record_training(
    book: Book, context: Context, expected: int, name: str, course: str, completed_on: date, valid_until: date | None
) -> Outcome:
    """Keep that an officer completed a course."""
    command = RecordTraining(by(context), name, course, completed_on, valid_until)
    async with book.unit_of_work(context) as desk:
        return await desk.carry_out(OFFICER, officer.stream(name), command, expected=expected)


async def acknowledge_terms(book: Book, context: Context, version: int) -> Outcome:
    """Keep that the caller has read a version of the settings."""
    async with book.unit_of_work(context) as desk:
        published = frozenset(await projections.versions(desk))
        command = AcknowledgeTerms(by(context), context.actor, version, published)
        return await desk.carry_out(OFFICER, officer.stream(context.actor), command)


# --- Routes ---------------------------------------------------------------------------------------------------


async def route_application(desk: Desk, command: RouteApplication | RouteChangedCost) -> list[Row]:
    """Route an application inside the unit of work that heard of it."""
    loaded = await desk.load(ROUTE, route.stream(command.application))
    return await desk.record(loaded, ROUTE.decide(command, loaded.state))


async def grant_exception(book: Book, context: Context, expected: int, application: str, reason: str) -> Outcome:
    """Agree, as the officer whom the settings name, that what the scheme says shall not hold for one application."""
    async with book.unit_of_work(context) as desk:
        known = await desk.outcome()
        if known is not None:
            return known
        way = await projections.route_of(desk, application)
        if way is None:
            raise not_found()
        submitted = await projections.submission(desk, application)
        settings = await projections.settings_version(desk, way["settings_version"])
        in_force = await projections.settings_in_force(desk, context.received_at)
        if submitted is None or settings is None or in_force is None:
            raise not_ready("SUBMISSION_NOT_HERE", "This application has not reached this service in full. Try again.")
        command = GrantException(
            by=by(context),
            application=application,
            settings=settings,
            in_force=in_force,
            said=submitted["said"],
            reason=reason,
            person=submitted["person"],
            originator=submitted["originator"],
            standing=submitted["standing"],
            at=context.received_at,
            asked=Asked(submitted["forum"], submitted["sitting_on"]),
        )
        return await desk.carry_out(ROUTE, route.stream(application), command, expected=expected, answer=_way_now)


def _way_now(state: route.State, _: Sequence[route.RouteEvent]) -> dict[str, Any]:
    assert state.way is not None, "an exception is granted to a route"
    return {"route": state.way.route, "forum": state.way.forum, "sitting_on": state.way.sitting_on}


@dataclass(frozen=True)
class Previewed:
    """Where a draft would go, that in a sentence, and which exception could be granted to it by which roles."""

    preview: Preview
    sentence: str
    exception: str | None
    granted_by: tuple[str, ...]


async def preview_route(reader: Reader, facts: Facts, at: datetime) -> Previewed:
    """Where an application would go if it were received at that moment; nothing is stored.

    Raises Refused NO_SETTINGS, UNKNOWN_KIND, COSTS_DO_NOT_ADD_UP.
    """
    settings = await projections.settings_in_force(reader, at)
    if settings is None:
        raise rule_broken("NO_SETTINGS", "No settings of this council are in force at that moment.")
    foreseen.require_sound(settings, facts)
    found = preview(settings, facts, at)
    possible = foreseen.exception(settings, found.routing, facts)
    return Previewed(found, foreseen.sentence(settings, found), *possible)


# --- Whom it waits on -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Queued:
    """One application, since when it has been waiting, and for what and whom."""

    submitted: deciding.Submitted
    waiting: deciding.Waiting
    since: datetime


async def waiting_now(reader: Reader, at: datetime) -> list[Queued]:
    """Every application that is not over, the longest waiting first."""
    officers = [officer_of(one) for one in await projections.officers(reader)]
    known: dict[int, Settings] = {}
    queue: list[Queued] = []
    for row in await projections.undecided(reader):
        version = row["way"]["settings_version"]
        settings = known.get(version) or await _bound(reader, version)
        known[version] = settings
        submitted = submitted_of(row)
        queue.append(Queued(submitted, deciding.waiting(submitted, officers, settings, at), row["received_at"]))
    return queue


@dataclass(frozen=True)
class Deciders:
    """One application, whom it waits on, and for each officer the code that keeps them from deciding it, or None."""

    submitted: deciding.Submitted
    waiting: deciding.Waiting
    officers: list[tuple[dict[str, Any], str | None]]


async def deciders_of(reader: Reader, application: str, at: datetime) -> Deciders | None:
    """Who could decide one application now, or None where there is no such application."""
    found = await projections.undecided(reader, application)
    if not found:
        return None
    submitted = submitted_of(found[0])
    settings = await _bound(reader, found[0]["way"]["settings_version"])
    rows = await projections.officers(reader)
    judged = [(row, deciding.hindered(officer_of(row), submitted, settings, at)) for row in rows]
    waiting = deciding.waiting(submitted, [officer_of(row) for row in rows], settings, at)
    return Deciders(submitted, waiting, judged)


async def _bound(reader: Reader, version: int) -> Settings:
    settings = await projections.settings_version(reader, version)
    assert settings is not None, "a route names settings of its own service"
    return settings


def officer_of(row: Mapping[str, Any]) -> deciding.Officer:
    """An officer of the read model as the rules know one."""
    limit = Limit(
        weekly_pence=row["limit_weekly_pence"],
        yearly_pence=row["limit_yearly_pence"],
        one_off_pence=row["limit_one_off_pence"],
    )
    return deciding.Officer(row["officer"], row["role"], limit, row["from_at"], row["until_at"])


def submitted_of(row: Mapping[str, Any]) -> deciding.Submitted:
    """An application of the read model as the rules know one."""
    way = row["way"]
    return deciding.Submitted(
        application=row["application"],
        originator=row["originator"],
        facts=route.facts_now(way["inputs"], row["said"]),
        route=way["route"],
        forum=way["forum"],
        sitting_on=date.fromisoformat(way["sitting_on"]) if way["sitting_on"] else None,
        standing=row["standing"],
    )
