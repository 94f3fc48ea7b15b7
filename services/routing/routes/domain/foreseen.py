"""What a worker is told of a draft before submitting it: "this would go to ... on ..., because ..."."""

from collections.abc import Iterable

from councils.facts import WORKER_TIME, Facts
from councils.scheme import Preview, Routing, exception_to
from councils.settings import DecisionTable, Settings
from ledger.decider import Failing, rule_broken


def require_sound(settings: Settings, facts: Facts) -> None:
    """Raises Refused UNKNOWN_KIND, COSTS_DO_NOT_ADD_UP where the resources' lines come to another cost, or both."""
    failing: list[Failing] = []
    sums: dict[str, int] = {}
    if facts.kind not in settings.kinds:
        failing.append(Failing("/kind", "UNKNOWN_KIND", "The council's settings know no such kind of application."))
    lines = [line for line in facts.resources if line.resource != WORKER_TIME]
    weekly, once = sum(line.weekly_pence for line in lines), sum(line.one_off_pence for line in lines)
    if facts.resources and (weekly, once) != (facts.weekly_pence, facts.one_off_pence):
        sums = {"weekly_pence": weekly, "one_off_pence": once}
        sentence = "The costs are not the sum of the resources; the worker's own time is not counted."
        field = "weekly_pence" if weekly != facts.weekly_pence else "one_off_pence"
        failing.append(Failing(f"/{field}", "COSTS_DO_NOT_ADD_UP", sentence))
    if failing:
        raise rule_broken(failing[0].code, failing[0].sentence, failing=failing, **sums)


def exception(settings: Settings, routing: Routing, facts: Facts) -> tuple[str | None, tuple[str, ...]]:
    """The exception that could be granted to such a routing, and the roles that may grant it; None, () without one."""
    found = exception_to(settings, routing)
    if found is None or found[0] in facts.granted:
        return None, ()
    return found[0], found[1].granted_by


def sentence(settings: Settings, preview: Preview) -> str:
    """The preview in one sentence, with the words that the rows which decided it quote."""
    routing = preview.routing
    return f"{_where(settings, preview)}, because of: {'; '.join(_quoted(settings, routing))}."


def _where(settings: Settings, preview: Preview) -> str:
    routing = preview.routing
    match routing.route:
        case "DELEGATED":
            return "This would be decided within delegated authority"
        case "NOT_FUNDED":
            return "This would not be funded"
        case "NOT_REQUIRED":
            return "This would need no panel"
        case "COMPLEX_HEALTH_NEEDS_PANEL":
            return "This would go to the Complex Health Needs Panel"
        case _:
            name = settings.forums[routing.forum].name if routing.forum else "a panel"
            day = preview.sitting_on
            on = f" on {day:%A} {day.day} {day:%B %Y}" if day else ""
            return f"This would go to the {name}{on}"


def _quoted(settings: Settings, routing: Routing) -> Iterable[str]:
    tables: dict[str, DecisionTable] = {settings.scheme.name: settings.scheme}
    if settings.exclusions is not None:
        tables[settings.exclusions.name] = settings.exclusions
    rows = [(one.table, one.row) for one in routing.exclusions if one.route == routing.route]
    if (routing.table, routing.row) not in rows:
        rows = [(routing.table, routing.row)]
    for table, row in dict.fromkeys(rows):
        yield next(rule["_description"] for rule in tables[table].rules if rule["_id"] == row)
