"""Visibly fictional people: no real name, address or number can come out of these lists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

FIRST = {
    "F": (
        "Bea Della Fern Ivy June Juniper Lark Mabel Nell Odette Pella Posy Quilla Rosalind Sable "
        "Tansy Vesper Willa Xanthe Zinnia "
    ),
    "M": (
        "Alder Basil Cosmo Dash Ezra Fitch Gus Hollis Ignatius Jasper Kip Linus Marlow Niles Otis "
        "Percival Quill Rufus Silas Thaddeus "
    ),
    "X": ("Wren Arbor Birch Cove Ember Finch Gale Harbor Indigo Jules "),
}
LAST = [
    "Sampleton",
    "Placeholder",
    "Mockridge",
    "Testwell",
    "Fauxman",
    "Dummond",
    "Pretendergast",
    "Fictus",
    "Samplewski",
    "Makebelieve",
    "Notreal",
    "Exampleton",
    "Inventwood",
    "Imaginari",
    "Madeupson",
    "Storybrook",
    "Figmentov",
    "Pseudonymski",
    "Standinberg",
    "Fabelman",
    "Nominal",
    "Tryoutsky",
    "Demoville",
    "Prototype",
    "Mockingham",
    "Fauxworth",
    "Dummington",
    "Pretendham",
    "Fictionelli",
    "Sampleford",
    "Hypothesen",
    "Supposedly",
    "Allegory",
    "Fableton",
    "Untruman",
    "Theoretica",
    "Notions",
    "Whatifski",
    "Asifson",
    "Ersatzky",
]
RACES = (("B", 0.46), ("W", 0.47), ("A", 0.02), ("H", 0.03), ("U", 0.02))
STREETS = ["Invented", "Imaginary", "Placeholder", "Sample", "Nowhere", "Pretend", "Storybook", "Mockup"]


@dataclass(frozen=True)
class Person:
    """Someone who does not exist. `number` is their place in the county's list."""

    number: int
    first: str
    last: str
    birth_date: date
    sex: str
    race: str
    phone: str
    address: str
    language: str

    def identity(self) -> dict[str, object]:
        """The person part of a canonical record."""
        return {
            "last": self.last,
            "first": self.first,
            "birth_date": self.birth_date.isoformat(),
            "sex": self.sex,
            "race": self.race,
            "phones": [self.phone],
            "addresses": [self.address],
        }


def invent(number: int, random: Random, today: date) -> Person:
    sex = random.choices("MFX", (0.66, 0.31, 0.03))[0]
    age_days = int(random.triangular(18.2, 68, 31) * 365.25)
    return Person(
        number=number,
        first=random.choice(FIRST[sex].split()),
        last=LAST[number % len(LAST)] if number < len(LAST) else f"{random.choice(LAST)}-{random.choice(LAST)}",
        birth_date=today - timedelta(days=age_days),
        sex=sex,
        race=random.choices([race for race, _ in RACES], [share for _, share in RACES])[0],
        # 555-01xx numbers are set aside for fiction.
        phone=f"412-555-{100 + number % 100:04d}",
        address=f"{100 + number} {random.choice(STREETS)} Street",
        language="es" if random.random() < 0.05 else "en",
    )
