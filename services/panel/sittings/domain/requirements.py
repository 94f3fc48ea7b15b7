"""Who may act on a sitting, and at which stage of it."""

from ledger.decider import By, not_allowed, wrong_state
from services.panel.known.domain.wording import either
from services.panel.sittings.domain.state import Stage, State

ADMINISTRATOR = "panel_administrator"


def require_role(by: By, roles: tuple[str, ...]) -> None:
    """The role is one of these. Raises Refused."""
    if by.role not in roles:
        raise not_allowed("ROLE_NOT_ALLOWED", f"Only {either(roles)} may do this.", role=by.role)


def require_stage(state: State, stage: Stage, code: str, sentence: str) -> None:
    """The sitting is at that stage. Raises Refused with this code and sentence."""
    if state.stage != stage:
        raise wrong_state(code, sentence, stage=state.stage)
