"""The public figures that a synthetic year is made of, each with where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass

YEAR_OF_REQUESTS = 13_632
"""New requests for adult support a year in an average council: 2,085,720 in 2023-24 over 153 councils."""

LOOKED_AFTER_CHILDREN = 547
"""Looked-after children in an average council: 83,630 on 31 March 2024 over 153 councils."""

PLACEMENT_MOVES = 432
"""Changes of placement a year in an average council: 66,070 over 153 councils."""

Weighted = Sequence[tuple[int, str]]
"""Words with weights; they are drawn in proportion."""

ETHNICITY: Weighted = ((71, "White"), (11, "Mixed"), (7, "Black"), (5, "Asian"), (5, "other"), (1, "unknown"))
"""Looked-after children, 31 March 2024, in percent."""

MALE_PERCENT = 57
"""Looked-after children, 31 March 2024."""

OVER_TWENTY_MILES_PERCENT = 49
"""Children's-home children placed more than 20 miles from home."""

MOVE_REASONS: Weighted = (
    (31, "The care plan foresees another placement."),
    (24, "Only the legal status of the placement changes."),
    (6, "The carer asked for the placement to end."),
    (8, "The carer can no longer manage what the child's distress leads to."),
    (3, "The child asked to move."),
    (28, "The present placement can no longer meet the child's needs."),
)
"""Why placements changed, in percent; other and unknown together stand last."""


@dataclass(frozen=True)
class Price:
    """One way to meet needs: its name, what it costs a week or once (pence), and how many of it are usual."""

    name: str
    weekly_pence: int = 0
    one_off_pence: int = 0
    most: int = 1


ADULT_PRICES: Sequence[tuple[int, Price]] = (
    # Weekly, hourly, daily, one-off and transport elements stand 92 : 20 : 11 : 8 : 5 in Hackney's catalogue of 136.
    (46, Price("a weekly personal budget", 72_231)),  # £722.31
    (26, Price("a place in a care home", 94_900)),  # £49,348 a year
    (20, Price("a place in a nursing home", 126_700)),  # £65,884 a year
    (10, Price("an hour of home care", 1_680, most=42)),
    (10, Price("half an hour of home care", 945, most=42)),
    (11, Price("a day at a day centre", 6_200, most=5)),
    (8, Price("equipment and its fitting", one_off_pence=34_500, most=4)),
    (5, Price("transport to day services", 2_350, most=5)),
)
"""What adults' plans hold: care home and nursing prices of 2023, home care and the mix from Hackney's catalogue."""

CHILD_PRICES: Sequence[tuple[int, Price]] = (
    (14, Price("a place in a children's home", 612_308)),  # £318,400 a year (National Audit Office)
    (32, Price("a foster placement through an agency", 101_500)),
    (22, Price("hours of family support", 2_450, most=24)),
    (10, Price("a specialist assessment", one_off_pence=185_000)),
    (12, Price("day care within a family support package", 14_500, most=4)),
    (10, Price("transport to school", 4_800, most=5)),
)
"""What children's applications ask for; the children's home is a public figure, the others are our own."""

OUTCOMES: Weighted = ((86, "AGREED"), (9, "DEFERRED"), (5, "NOT_AGREED"))
"""How requests end at first: our own, since the published surveys count whether it ever happened, not how often."""
