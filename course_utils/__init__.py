"""Helpers that the course's notebooks share: test problems, data, figures, widgets and checks.

Submodules are imported when they are first used, so that ``import course_utils`` stays instant:
``from course_utils import figures`` loads matplotlib, ``import course_utils`` does not.
"""

from importlib import import_module
from types import ModuleType

__all__ = [
    "checks",
    "comparison",
    "compression",
    "curvature",
    "digits",
    "federated",
    "figures",
    "finite_sums",
    "language",
    "linear_models",
    "local_steps",
    "microbatches",
    "noise",
    "noise_log",
    "precision",
    "predictions",
    "probes",
    "quadratic",
    "ranks",
    "scaling",
    "self_check",
    "snapshot_ages",
    "sweep_table",
    "training",
    "transformer",
    "weight_averages",
    "widgets",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"course_utils has no module {name!r}; it has {', '.join(__all__)}")


def __dir__() -> list[str]:
    return sorted(__all__)
