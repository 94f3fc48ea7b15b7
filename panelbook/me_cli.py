"""``panelbook me``: what waits for somebody, put together from the answers of the services that know."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from panelbook.local_deployment import DEFAULT_FOLDER, TOKEN, council_id, known_environment

if TYPE_CHECKING:  # No verb waits for the libraries of another.
    import httpx

ANSWER = ("routing", "intake", "panel", "notify")
"""The services that say what waits for somebody."""


def me(
    council: Annotated[str, typer.Option("--council", help="A council's slug, such as swindon, or its id.")],
    role: Annotated[
        str, typer.Option(help="The role to act in; with PANELBOOK_TOKEN the token's first if left out.")
    ] = "",
    actor: Annotated[str, typer.Option(help="In demo and test: whose token is made, by their opaque id.")] = "cli",
    team: str = "",
    service: str = "",
    folder: Annotated[Path, typer.Option("--folder", help="Where this deployment keeps its data.")] = DEFAULT_FOLDER,
) -> None:
    """Say who I am and what waits for me in every service, with the token in PANELBOOK_TOKEN or the demo's own."""
    import httpx

    from edge.deployment import from_environment
    from edge.issuer import built_in_issuer

    environment = known_environment(folder)
    deployment, identity = from_environment(environment), council_id(council)
    bearer = environment.get(TOKEN, "")
    if not bearer:
        if not role:
            raise typer.BadParameter("Say --role, or give a token in PANELBOOK_TOKEN.")
        bearer = built_in_issuer(deployment).token(actor, identity, [role], team=team, service=service)
    headers = {"Authorization": f"Bearer {bearer}", "Panelbook-Purpose": "case_work"}
    headers |= {"Panelbook-Role": role} if role else {}
    answers: list[dict[str, Any]] = []
    for one in ANSWER:
        answer = httpx.get(f"{deployment.base_url}/{one}/councils/{identity}/me", headers=headers, timeout=30.0)
        if answer.is_success:
            answers.append(answer.json())
        elif answer.status_code != 404:  # A role that nothing can wait for in a service is answered 404 there.
            _fail(answer)
    if not answers:
        print("Nothing here answers somebody in that role.", file=sys.stderr)
        raise typer.Exit(1)
    _show(answers)


def _fail(answer: "httpx.Response") -> None:
    from deploy.local.processes import RuntimeProblem

    body = answer.json()
    raise RuntimeProblem(f"{body['code']}: {body['detail']}")


def _show(answers: list[dict[str, Any]]) -> None:
    who = answers[0]
    place = "".join(f", {name} {who[name]}" for name in ("team", "service") if who[name])
    print(f"{who['actor']} of {who['council']}{place}, as {who['role']} (of {', '.join(who['roles'])})")
    appointed = next((one["appointed"] for one in answers if "appointed" in one), None)
    print(_appointed(appointed))
    waiting = sorted((one for answer in answers for one in answer["waiting"]), key=lambda one: one["since"])
    for one in waiting:
        due = f"  due {one['due_at']}" if one["due_at"] else ""
        on = f"  for {one['on']}" if one["on"] else ""
        print(f"{one['since']}  {one['what']:18} {one['record']}{on}{due}")
        for reason in one["reasons"]:
            print(f"    {reason if reason is not None else '(erased)'}")
    print(f"{sum(answer['waiting_in_all'] for answer in answers)} things wait for you.")


def _appointed(appointed: dict[str, Any] | None) -> str:
    if appointed is None:
        return "Not appointed as an officer: a role of the token alone gives no authority to decide."
    pence = [(name, appointed[f"limit_{name}_pence"]) for name in ("weekly", "yearly", "one_off")]
    limits = ", ".join(f"£{value / 100:,.2f} {name.replace('_', '-')}" for name, value in pence if value is not None)
    held = "in force" if appointed["authority_in_force"] else "not in force now"
    return f"Appointed as {appointed['role']}" + (f", limit {limits} ({held})." if limits else ", without authority.")
