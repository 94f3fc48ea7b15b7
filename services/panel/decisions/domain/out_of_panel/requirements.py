"""Who decides outside a panel, and whose it is not to decide."""

from ledger.decider import By, not_allowed
from services.panel.known.domain.case import Concerned
from services.panel.known.domain.wording import either


def require_role(by: By, roles: tuple[str, ...]) -> None:
    if by.role not in roles:
        raise not_allowed(
            "ROLE_NOT_ALLOWED", f"Only {either(roles)} decides this outside a panel (S4 §9).", role=by.role
        )


def require_not_own(by: By, concerned: Concerned | None) -> None:
    if concerned is not None and by.actor == concerned.originator:
        raise not_allowed("SELF_APPROVAL", "Nobody decides their own application (S0).")
