"""Ask for a prediction before the answer is computed, and say afterwards which one holds."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

__all__ = ["nearest", "reveal"]

UNTOUCHED = "…"


def nearest(measured: float, options: Mapping[str, float]) -> str:
    """Return the key of the option whose value lies nearest to a measurement.

    Raises
    ------
    ValueError
        If two options are equally near, so that the measurement decides nothing, or a value
        isn't finite.
    """
    if not options or not all(map(isfinite, [measured, *options.values()])):
        raise ValueError("options must hold at least one value, and all must be finite")
    ranked = sorted(options, key=lambda key: abs(options[key] - measured))
    if len(ranked) > 1:
        first, second = (abs(options[key] - measured) for key in ranked[:2])
        if first == second:
            raise ValueError(f"{measured} lies equally near to {ranked[0]!r} and {ranked[1]!r}")
    return ranked[0]


def reveal(
    prediction: str, options: Mapping[str, str], holds: str, because: Mapping[str, str]
) -> None:
    """Print which option holds and why each of the others is tempting.

    Parameters
    ----------
    prediction
        The reader's key, or ``"…"`` when the cell wasn't touched.
    options
        Each key with its text.
    holds
        The key of the option that the computation above has found to hold.
    because
        For each key, why it holds or why it tempts.

    Raises
    ------
    ValueError
        If ``holds`` isn't an option or an option has no explanation.
    """
    keys = ", ".join(options)
    if holds not in options:
        raise ValueError(f"holds must be one of {keys}; got {holds!r}")
    if missing := sorted(set(options) - set(because)):
        raise ValueError(f"because must explain every option; missing {', '.join(missing)}")
    chosen = prediction.strip().lower().strip("().")
    if chosen == UNTOUCHED or not chosen:
        print(f"No prediction made (one of {keys}, in the cell above).")
    elif chosen not in options:
        print(f"Your prediction {prediction!r} is none of {keys}.")
    elif chosen == holds:
        print(f"You predicted ({chosen}), and it holds.")
    else:
        print(f"You predicted ({chosen}); ({holds}) holds.")
    for key, text in options.items():
        print(f"{'→' if key == holds else ' '} ({key}) {text}: {because[key]}")
