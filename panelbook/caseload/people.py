"""Names, days of birth and narratives of people who do not exist."""

from datetime import date, timedelta

from panelbook.caseload.chance import Chance

GIVEN = (
    "Amara", "Bronwen", "Callum", "Dilys", "Ewan", "Farida", "Gethin", "Harriet", "Imran", "Jessamy", "Kofi", "Lowri",
    "Maisie", "Nasreen", "Owain", "Petra", "Quentin", "Rowan", "Soraya", "Tobias", "Una", "Viktor", "Winifred", "Yusuf",
)  # fmt: skip
FAMILY = (
    "Abara", "Birtwhistle", "Crowther", "Dunmore", "Eastwick", "Fairlamb", "Gorsedale", "Hathersage", "Ibekwe",
    "Jessop-Lane", "Kettering", "Lindqvist", "Merrifield", "Northey", "Okonjo", "Pemberley", "Qadir", "Ravensdale",
    "Stourbridge", "Thistlewood", "Umarov", "Venables", "Wetherby", "Yarrow",
)  # fmt: skip

_LIFE = (
    "mornings take a long time and are easily frightening",
    "meals are missed when nobody calls",
    "falls have become frequent on the stairs",
    "school is missed on most days of the week",
    "sleep is broken and the household is worn out",
    "leaving the house alone is not safe at present",
    "medicines are mixed up without a reminder",
    "friends have not visited for months",
)
_AIM = (
    "to stay in the present home among known neighbours",
    "to be at school every day and to see friends",
    "to wash, dress and eat at a time of their own choosing",
    "to spend two days a week in company",
    "to live with brothers and sisters, or near them",
    "to be safe at night without being watched",
)


def name(chance: Chance) -> str:
    """A name that is put together by chance."""
    return f"{chance.of(GIVEN)} {chance.of(FAMILY)}"


def born(chance: Chance, person: str, on: date) -> date:
    """A day of birth that suits a child (under 18) or an adult (18 to 99) on a day."""
    years = chance.between(1, 17) if person == "child" else 18 + int(81 * chance.share() ** 0.6)
    return on - timedelta(days=365 * years + chance.between(6, 364))


def needs(chance: Chance) -> str:
    """Two sentences about a life, and which support is missing."""
    return f"At present {chance.of(_LIFE)}, and {chance.of(_LIFE)}. Without support this will go on."


def aim(chance: Chance) -> str:
    """What somebody wants to reach."""
    return f"The person wants {chance.of(_AIM)}."
