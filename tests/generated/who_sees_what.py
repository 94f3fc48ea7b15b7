"""Writes docs/who-sees-what.md: for each route and role how much is shown, to be read beside DOMAIN's roles."""

from collections.abc import Iterable

from edge.need_to_know import SERVICE, TABLE, TEAM, Kind, Shown
from edge.roles import ROLES
from tests.generated.files import Files

PATH = "docs/who-sees-what.md"

WORDS = {
    Shown.ALL: "all that the route shows",
    Shown.OWN: "own cases: as originator, in one's team or service, or where the case names or waits on oneself",
    Shown.CIRCULATED: "own cases, and what was handed in and so goes to a panel",
    Shown.SITTING: "own cases, and what is heard at a sitting that one takes part in, until its minutes are signed",
    Shown.ESCALATED: "own cases, and what an alarm was raised about",
    Shown.EXTRACT: "outcome, amounts, days and references, where `detail_to_subscribers` is on; else 404",
    Shown.NOTHING: "404, as for what does not exist",
}


def files() -> Files:
    """The page, by its path."""
    return {PATH: "\n".join(_lines()) + "\n"}


def _lines() -> Iterable[str]:
    yield "# Who sees what"
    yield ""
    yield "Written from `edge/need_to_know.py` by `make generate`. A route that is not there shows nothing."
    yield f"The team's cases are own to: {_listed(TEAM)}. The service's to: {_listed(SERVICE)}."
    yield "Another council's token is answered 404 everywhere, an operator 403 OPERATOR_READS_NO_CONTENT."
    yield ""
    yield from (f"- **{shown}**: {words}." for shown, words in WORDS.items())
    for service, table in TABLE.items():
        yield from ("", f"## {service}", "", "| Route | Shows | Who is shown how much |", "|---|---|---|")
        for name, route in sorted(table.items()):
            if route.kind is not Kind.WRITE:
                yield f"| `{name}` | {route.kind} | {'; '.join(_shares(route.to))} |"
        writes = sorted(name for name, route in table.items() if route.kind is Kind.WRITE)
        yield from ("", f"Writes, refused by their own rules: {_listed(writes)}.")


def _shares(to: object) -> Iterable[str]:
    assert isinstance(to, dict)
    for shown in WORDS:
        roles = [role for role in ROLES if to.get(role, Shown.NOTHING) is shown]
        if roles:
            yield f"**{shown}** {_listed(roles)}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
