"""Whether a text of a file is an agency's identifier."""

from __future__ import annotations

import re
from typing import Final

from shared.contracts.codes import ORI_PATTERN

_ORI: Final = re.compile(ORI_PATTERN)
EXPECTED: Final = "expected the agency: two letters of the state, seven letters or digits"


def is_ori(text: str) -> bool:
    """By the one pattern of the contracts; a line break behind it is none of it."""
    return _ORI.fullmatch(text) is not None
