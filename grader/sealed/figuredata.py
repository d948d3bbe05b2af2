"""A matplotlib figure as plain data, with the few methods that a test reads.

A test asks ``fig.axes[0].get_lines()[0].get_ydata()`` of a real figure and of this one alike.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["AxesData", "BarData", "FigureData", "LineData", "PointsData", "extract", "restore"]


@dataclass(frozen=True)
class LineData:
    """One curve."""

    x: np.ndarray
    y: np.ndarray
    label: str = ""

    def get_xdata(self) -> np.ndarray:
        """Horizontal positions."""
        return self.x

    def get_ydata(self) -> np.ndarray:
        """Heights."""
        return self.y

    def get_label(self) -> str:
        """Its label."""
        return self.label


@dataclass(frozen=True)
class PointsData:
    """What ``scatter`` draws."""

    offsets: np.ndarray
    label: str = ""

    def get_offsets(self) -> np.ndarray:
        """Positions, an (n, 2) array."""
        return self.offsets

    def get_label(self) -> str:
        """Its label."""
        return self.label


@dataclass(frozen=True)
class BarData:
    """One rectangle of ``bar`` or ``hist``."""

    x: float
    y: float
    width: float
    height: float

    def get_x(self) -> float:
        """Left edge."""
        return self.x

    def get_y(self) -> float:
        """Lower edge."""
        return self.y

    def get_width(self) -> float:
        """Width."""
        return self.width

    def get_height(self) -> float:
        """Height."""
        return self.height


@dataclass(frozen=True)
class AxesData:
    """One panel."""

    words: tuple[str, ...]
    lines: list[LineData]
    collections: list[PointsData]
    patches: list[BarData]

    def get_xlabel(self) -> str:
        """Label of the horizontal axis."""
        return self.words[0]

    def get_ylabel(self) -> str:
        """Label of the vertical axis."""
        return self.words[1]

    def get_title(self) -> str:
        """Title."""
        return self.words[2]

    def get_xscale(self) -> str:
        """Scale of the horizontal axis."""
        return self.words[3]

    def get_yscale(self) -> str:
        """Scale of the vertical axis."""
        return self.words[4]

    def get_lines(self) -> list[LineData]:
        """All curves."""
        return self.lines


@dataclass(frozen=True)
class FigureData:
    """A figure."""

    axes: list[AxesData]

    def get_axes(self) -> list[AxesData]:
        """All panels."""
        return self.axes


def is_figure(value: Any) -> bool:
    """Tell whether a value is a matplotlib figure or panel, without importing matplotlib."""
    figure, axes = sys.modules.get("matplotlib.figure"), sys.modules.get("matplotlib.axes")
    return (figure is not None and isinstance(value, figure.Figure)) or (
        axes is not None and isinstance(value, axes.Axes)
    )


def _numbers(values: Any) -> np.ndarray:
    return np.array(np.ma.filled(np.ma.asarray(values, dtype=float), np.nan))


def _panel_of(ax: Any) -> list[Any]:
    texts = (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(), ax.get_xscale(), ax.get_yscale())
    bars = [p for p in ax.patches if hasattr(p, "get_height") and hasattr(p, "get_x")]
    return [
        [str(text) for text in texts],
        [
            [_numbers(line.get_xdata()), _numbers(line.get_ydata()), str(line.get_label())]
            for line in ax.get_lines()
        ],
        [[_numbers(dots.get_offsets()), str(dots.get_label())] for dots in ax.collections],
        [
            [float(b.get_x()), float(b.get_y()), float(b.get_width()), float(b.get_height())]
            for b in bars
        ],
    ]


def extract(value: Any) -> list[Any]:
    """Turn a figure, or the panel of one, into lists of plain data."""
    if isinstance(value.axes, list):
        return ["figure", [_panel_of(ax) for ax in value.axes]]
    return ["panel", [_panel_of(value)]]


def _panel(words: Any, lines: Any, points: Any, bars: Any) -> AxesData:
    if len(words) != 5 or not all(type(word) is str for word in words):
        raise ValueError
    return AxesData(
        tuple(words),
        [LineData(_restored(x, 1), _restored(y, 1), _text(label)) for x, y, label in lines],
        [PointsData(_restored(offsets, 2), _text(label)) for offsets, label in points],
        [BarData(*(_number(value) for value in bar)) for bar in bars],
    )


def _restored(values: Any, ndim: int) -> np.ndarray:
    if type(values) is not np.ndarray or values.dtype != float or values.ndim != ndim:
        raise ValueError
    return values


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError
    return value


def _number(value: Any) -> float:
    if type(value) is not float:
        raise ValueError
    return value


def restore(data: Any) -> FigureData | AxesData:
    """Build the data of a figure or a panel from what crossed.

    Raises
    ------
    ValueError
        If it isn't what :func:`extract` gives.
    """
    try:
        kind, panels = data
        found = [_panel(*panel) for panel in panels]
        if kind == "figure":
            return FigureData(found)
        (one,) = found
    except (TypeError, ValueError):
        raise ValueError("not the data of a figure") from None
    return one
