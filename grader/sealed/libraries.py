"""Parts of SciPy that students may use: loaded once for all, as soon as one submission asks."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["LIBRARIES", "wanted"]

#: Each takes the better part of a second to import, which every submission would spend anew. Most
#: batches need none of them, so that loading all at the start would cost more than it saves.
LIBRARIES = (
    "scipy.linalg",
    "scipy.optimize",
    "scipy.special",
    "scipy.stats",
    "scipy.integrate",
    "scipy.signal",
)
IMPORT = re.compile(r"^[ \t]*(?:from|import)[ \t]+scipy\b.*", re.M)


def wanted(sources: Iterable[str]) -> set[str]:
    """Tell which of the libraries some cells import.

    A guess from the text is enough: what it misses is imported where it is used, and what it finds
    in vain is loaded in vain.
    """
    lines = [line for source in sources if "scipy" in source for line in IMPORT.findall(source)]
    words = {word for line in lines for word in re.findall(r"\w+", line)}
    return {name for name in LIBRARIES if name.partition(".")[2] in words}
