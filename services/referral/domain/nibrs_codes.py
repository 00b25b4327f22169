"""What the codes of the National Incident-Based Reporting System mean here.

Source: FBI, NIBRS User Manual: offense codes of groups A and B, type of arrest, ages of the youngest. The category
is the one that the crosswalk gives to statutes of the same code.
"""

from __future__ import annotations

import re
from typing import Final, Literal

ArrestType = Literal["on_view", "summoned", "taken"]
TYPES: Final[dict[str, ArrestType]] = {"O": "on_view", "S": "summoned", "T": "taken"}
SHAPE: Final = re.compile(r"^\d\d[A-Z0-9]$")
"""What an offense code looks like, known or not."""
_AGES_OF_BABIES: Final = frozenset({"NB", "BB", "NN"})

OFFENSES: Final[dict[str, tuple[str, str]]] = {
    "09A": ("Murder and nonnegligent manslaughter", "violent"),
    "09B": ("Negligent manslaughter", "violent"),
    "09C": ("Justifiable homicide", "violent"),
    "100": ("Kidnapping or abduction", "violent"),
    "101": ("Treason", "administration"),
    "103": ("Espionage", "administration"),
    "11A": ("Rape", "violent"),
    "11B": ("Sodomy", "violent"),
    "11C": ("Sexual assault with an object", "violent"),
    "11D": ("Criminal sexual contact", "violent"),
    "120": ("Robbery", "violent"),
    "13A": ("Aggravated assault", "violent"),
    "13B": ("Simple assault", "violent"),
    "13C": ("Intimidation", "violent"),
    "200": ("Arson", "property_serious"),
    "210": ("Extortion or blackmail", "property_serious"),
    "220": ("Burglary", "property_serious"),
    "23A": ("Pocket-picking", "property"),
    "23B": ("Purse-snatching", "property"),
    "23C": ("Shoplifting", "property"),
    "23D": ("Theft from building", "property"),
    "23E": ("Theft from coin-operated machine", "property"),
    "23F": ("Theft from motor vehicle", "property"),
    "23G": ("Theft of motor vehicle parts", "property"),
    "23H": ("All other larceny", "property"),
    "240": ("Motor vehicle theft", "property"),
    "250": ("Counterfeiting or forgery", "property"),
    "26A": ("False pretenses, swindle or confidence game", "property"),
    "26B": ("Credit card or teller machine fraud", "property"),
    "26C": ("Impersonation", "property"),
    "26D": ("Welfare fraud", "property"),
    "26E": ("Wire fraud", "property"),
    "26F": ("Identity theft", "property"),
    "26G": ("Hacking or computer invasion", "property"),
    "26H": ("Money laundering", "property"),
    "270": ("Embezzlement", "property"),
    "280": ("Stolen property offenses", "property"),
    "290": ("Destruction, damage or vandalism", "property"),
    "30A": ("Illegal entry into the United States", "administration"),
    "30B": ("False citizenship", "administration"),
    "30C": ("Smuggling aliens", "administration"),
    "30D": ("Re-entry after deportation", "administration"),
    "35A": ("Drug or narcotic violations", "drug"),
    "35B": ("Drug equipment violations", "drug"),
    "360": ("Failure to register as a sex offender", "administration"),
    "36A": ("Incest", "sex_other"),
    "36B": ("Statutory rape", "violent"),
    "370": ("Pornography or obscene material", "sex_other"),
    "39A": ("Betting or wagering", "public_order"),
    "39B": ("Operating, promoting or assisting gambling", "public_order"),
    "39C": ("Gambling equipment violations", "public_order"),
    "39D": ("Sports tampering", "public_order"),
    "40A": ("Prostitution", "public_order"),
    "40B": ("Assisting or promoting prostitution", "exploitation"),
    "40C": ("Purchasing prostitution", "public_order"),
    "490": ("Fugitive: harboring or concealing", "administration"),
    "49A": ("Fugitive: harboring or concealing", "administration"),
    "49B": ("Fugitive: flight to avoid prosecution", "administration"),
    "49C": ("Fugitive: flight to avoid deportation", "administration"),
    "510": ("Bribery", "administration"),
    "520": ("Weapon law violations", "weapon"),
    "521": ("Violation of National Firearm Act", "weapon"),
    "522": ("Weapons of mass destruction", "weapon"),
    "526": ("Explosives", "weapon"),
    "58A": ("Import violations", "administration"),
    "58B": ("Export violations", "administration"),
    "61A": ("Federal liquor offenses", "administration"),
    "61B": ("Federal tobacco offenses", "administration"),
    "620": ("Wildlife trafficking", "administration"),
    "64A": ("Human trafficking: commercial sex acts", "exploitation"),
    "64B": ("Human trafficking: involuntary servitude", "exploitation"),
    "720": ("Animal cruelty", "public_order"),
    "90A": ("Bad checks", "property"),
    "90B": ("Curfew, loitering or vagrancy violations", "public_order"),
    "90C": ("Disorderly conduct", "public_order"),
    "90D": ("Driving under the influence", "dui"),
    "90E": ("Drunkenness", "public_order"),
    "90F": ("Family offenses, nonviolent", "family"),
    "90G": ("Liquor law violations", "public_order"),
    "90H": ("Peeping Tom", "public_order"),
    "90I": ("Runaway", "public_order"),
    "90J": ("Trespass of real property", "public_order"),
    "90K": ("Failure to appear", "process"),
    "90L": ("Federal resource violations", "administration"),
    "90M": ("Perjury", "administration"),
    "90Z": ("All other offenses", "none"),
}


def age(text: str) -> int | None:
    """Years from an age of two digits, a range of four (its lower end), or a code of the youngest.

    None for `00`, which is unknown. Raises ValueError for anything else.
    """
    if text in _AGES_OF_BABIES:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) in (2, 4)):
        raise ValueError("no NIBRS age")
    return int(text[:2]) or None
