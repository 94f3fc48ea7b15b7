"""What brings a council of a deployment to its first submission: its settings published, its officers appointed."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import NAMESPACE_URL, uuid5

import httpx
from pydantic import ValidationError

from councils.packs import load_pack
from deploy.local.processes import RuntimeProblem, Say
from edge.clock import SettableClock, clock_of
from edge.deployment import Deployment
from edge.issuer import built_in_issuer
from edge.problems import of_validation
from services.routing.officers.forms import OfficerForm

_PATIENCE = 60.0
_WHAT_AN_OFFICER_IS = tuple(OfficerForm.model_fields)


@dataclass(frozen=True)
class Caller:
    """Somebody of one council who asks over HTTP, as every other client does."""

    deployment: Deployment
    council: str
    token: str = field(repr=False)

    def asks(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        service: str = "routing",
    ) -> dict[str, Any]:
        """The answer's body. Raises RuntimeProblem with the code, the sentence and every failing field."""
        answer = httpx.request(
            method,
            f"{self.deployment.base_url}/{service}/councils/{self.council}/{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}", **(headers or {})},
            timeout=_PATIENCE,
        )
        found: dict[str, Any] = answer.json()
        if answer.is_success:
            return found
        lines = [f"{one['pointer']}: {one['code']}: {one['sentence']}" for one in found.get("failing") or ()]
        raise RuntimeProblem("\n".join([f"{found['code']}: {found['detail']}", *lines]))


def publisher(deployment: Deployment, council: str, token: str, team: str) -> Caller:
    """A settings publisher: with the token given, or in demo and test with one of the built-in issuer."""
    issued = token or built_in_issuer(deployment).token("publisher-cli", council, ["settings_publisher"], team=team)
    return Caller(deployment, council, issued)


def publish(deployment: Deployment, pack: str, token: str, since: str, say: Say) -> None:
    """Publish a pack's terms once, in force at ``since``, or as soon as their own notice allows.

    Where the clock can be set and no moment was named, it is turned to that moment: nobody waits for a clock that
    stands still.
    """
    terms = load_pack(pack)
    caller = publisher(deployment, terms["id"], token, terms["management_team"])
    clock = clock_of(deployment)
    begins = since or _soonest(clock.now(), terms["publication_notice_minutes"]).isoformat()
    body = {"settings": terms, "in_force_from": begins}
    key = str(uuid5(NAMESPACE_URL, f"panelbook:publish:{json.dumps(body, sort_keys=True)}"))
    made = caller.asks("POST", "settings", body, {"Idempotency-Key": key})
    began = datetime.fromisoformat(made["in_force_from"])
    say(f"{terms['name']}: version {made['settings_version']} of its settings is in force from {began.isoformat()}.")
    if not since and isinstance(clock, SettableClock) and clock.now() < began:
        say(f"The clock of this deployment was turned to {clock.set(began).isoformat()}.")


def _soonest(now: datetime, notice: int) -> datetime:
    """The first whole minute that leaves the notice and a minute to arrive in."""
    return (now + timedelta(minutes=notice + 2)).replace(second=0, microsecond=0)


def load_officers(deployment: Deployment, council: str, token: str, team: str, file: Path, say: Say) -> None:
    """Appoint everybody whom a file names; who is appointed already in the same words is left as they are.

    Every row is held to the form of ``POST /officers`` before the first one is sent. Raises RuntimeProblem.
    """
    forms = read_officers(file)
    caller = publisher(deployment, council, token, team)
    known = {one["officer"]: one for one in caller.asks("GET", "officers")["officers"]}
    appointed = changed = 0
    for form in forms:
        body, there = form.model_dump(), known.get(form.officer)
        if there is None:
            caller.asks("POST", "officers", body, {"Idempotency-Key": _key(council, body, 0)})
            appointed += 1
        elif any((there[name] or "") != (body[name] or "") for name in body):
            del body["officer"]
            headers = {"If-Match": f'"{there["version"]}"', "Idempotency-Key": _key(council, body, there["version"])}
            caller.asks("PUT", f"officers/{form.officer}", body, headers)
            changed += 1
    there_already = len(forms) - appointed - changed
    say(f"{appointed} officers appointed, {changed} changed, {there_already} were there already.")


def _key(council: str, body: Mapping[str, Any], version: int) -> str:
    said = json.dumps(body, sort_keys=True)
    return str(uuid5(NAMESPACE_URL, f"panelbook:officer:{council}:{version}:{said}"))


def read_officers(file: Path) -> Sequence[OfficerForm]:
    """The officers of a file: CSV with a heading line, or a JSON list of objects. Raises RuntimeProblem."""
    rows = _rows(file)
    found: list[OfficerForm] = []
    wrong: list[str] = []
    seen: dict[str, int] = {}
    for number, row in rows:
        try:
            form = OfficerForm.model_validate_json(json.dumps({name: said or None for name, said in row.items()}))
        except ValidationError as refused:
            refusal = of_validation(
                [{**one, "loc": ("body", *one["loc"])} for one in refused.errors(include_url=False)]
            )
            wrong += [f"  row {number}, {one.pointer}: {one.code}: {one.sentence}" for one in refusal.failing]
            continue
        if form.officer in seen:
            wrong.append(f"  row {number}, /officer: NAMED_TWICE: named in row {seen[form.officer]} already")
        seen[form.officer] = number
        found.append(form)
    if wrong:
        raise RuntimeProblem("\n".join([f"{file}: nobody was appointed.", *wrong]))
    return found


def _rows(file: Path) -> Sequence[tuple[int, Mapping[str, Any]]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise RuntimeProblem(f"{file} cannot be read as UTF-8: {type(problem).__name__}.") from None
    if file.suffix == ".json":
        return _objects(file, text)
    table = csv.DictReader(text.splitlines(), restkey="(more cells than headings)")
    headings = [heading.strip() for heading in table.fieldnames or ()]
    unknown = [one for one in headings if one not in _WHAT_AN_OFFICER_IS]
    if unknown or len(set(headings)) != len(headings) or not headings:
        raise RuntimeProblem(
            f"{file}: the headings are {', '.join(_WHAT_AN_OFFICER_IS)}, each once; not: {', '.join(unknown)}."
        )
    table.fieldnames = headings
    cleaned = [
        (number, {name: said.strip() if isinstance(said, str) else said for name, said in row.items()})
        for number, row in enumerate(table, start=2)
    ]
    return [(number, row) for number, row in cleaned if any(row.values())]


def _objects(file: Path, text: str) -> Sequence[tuple[int, Mapping[str, Any]]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in cast(list[object], document)):
        raise RuntimeProblem(f"{file} holds no JSON list of objects.")
    return list(enumerate(cast(list[Mapping[str, Any]], document), start=1))


def check(deployment: Deployment, council: str, token: str, team: str, say: Say) -> bool:
    """Say what of this council would reach nobody; whether everything reaches somebody."""
    found = publisher(deployment, council, token, team).asks("GET", "readiness")
    if not found["settings_published"]:
        say("No settings are published: panelbook council publish")
    for one in found["reaching_nobody"]:
        say(f"{one['what']} would reach nobody: no officer holds {' or '.join(one['roles'])}")
    for officer in found["without_address"]:
        say(f"{officer} has no address")
    forms = publisher(deployment, council, token, team).asks("GET", "readiness", service="intake")
    for one in forms["unknown_officers"]:
        say(f"{one['officer']} is {one['member']} of {one['applications']} forms and is no officer")
    if found["ready"]:
        say("Everything that goes to a role reaches somebody.")
    return bool(found["ready"] and forms["ready"])
