"""The panel's share of what was decided (S0, S1: panels are for exceptions; DOMAIN.md, A12)."""

from decimal import ROUND_HALF_UP, Decimal


def percent(part: int, whole: int) -> str | None:
    """A share in percent with one decimal, rounded half up; None of nothing."""
    if whole == 0:
        return None
    return str((Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_HALF_UP))
