"""Writes docs/who-sees-what.md: for each route and role how much is shown, to be read beside DOMAIN's roles."""

from collections.abc import Iterable

from edge.need_to_know import SERVICE, TABLE, TEAM, Kind, Shown
from edge.roles import ROLES
from tests.generated.files import Files
from tests.services.matrix.kept import Answers, is_refusal, kept

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
    yield ""
    yield "Who may give a command is what the deciders answered to every role on a real case; `tests/services/matrix/`"
    yield "writes it down. **anybody**: of the council, in that role. **own**: in the team or service that began the"
    yield "case. **named**: whom the case, the task or the settings name, or who was given the authority. What settings"
    yield "leave to roles of the council's choice is shown as Swindon has it. Rules of the record may still refuse it."
    answers = kept()
    for service, table in TABLE.items():
        yield from ("", f"## {service}", "", "| Route | Shows | Who is shown how much |", "|---|---|---|")
        for name, route in sorted(table.items()):
            if route.kind is not Kind.WRITE:
                yield f"| `{name}` | {route.kind} | {'; '.join(_shares(route.to))} |"
        yield from ("", "| Command | Who may give it | Everybody else |", "|---|---|---|")
        writes = sorted(name for name, route in table.items() if route.kind is Kind.WRITE)
        yield from (f"| `{name}` | {'; '.join(_may(answers.get(service, {}).get(name)))} |" for name in writes)


def _shares(to: object) -> Iterable[str]:
    assert isinstance(to, dict)
    for shown in WORDS:
        roles = [role for role in ROLES if to.get(role, Shown.NOTHING) is shown]
        if roles:
            yield f"**{shown}** {_listed(roles)}"


def _may(answers: Answers | None) -> Iterable[str]:
    """Who may give a command, by how near they must stand; and with which codes everybody else is refused."""
    if answers is None:
        yield "not asked yet | not asked yet"
        return
    may: set[str] = set()
    shares: list[str] = []
    for place, word in (("other", "anybody"), ("own", "own"), ("named", "named")):
        roles = {role for answer, roles in answers[place].items() if not is_refusal(answer) for role in roles} - may
        may |= roles
        if roles:
            shares.append(f"**{word}** {_listed(roles)}")
    refused = {answer for place in answers.values() for answer in place if is_refusal(answer)}
    yield f"{'; '.join(shares)} | {', '.join(sorted(refused - {'403 OPERATOR_READS_NO_CONTENT'}))}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))
