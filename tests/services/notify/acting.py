"""Who acts in the tests of notify's rules, and when."""

from datetime import datetime

from ledger.decider import Acting, By


def acting(at: datetime, *, actor: str = "service:notify", role: str = "social_worker") -> Acting[None]:
    """Somebody at a moment; notify's rules know no settings."""
    return Acting(By(actor, role), at, None)
