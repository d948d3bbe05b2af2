"""A matplotlib figure as plain data, with the few methods that a test reads.

A test asks ``fig.axes[0].get_lines()[0].get_ydata()`` of a real figure and of this one alike.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["AxesData", "FigureData", "LineData", "extract", "is_figure", "restore"]


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
class AxesData:
    """One panel."""

    xlabel: str = ""
    ylabel: str = ""
    title: str = ""
    xscale: str = "linear"
    yscale: str = "linear"
    lines: list[LineData] = field(default_factory=list)

    def get_xlabel(self) -> str:
        """Label of the horizontal axis."""
        return self.xlabel

    def get_ylabel(self) -> str:
        """Label of the vertical axis."""
        return self.ylabel

    def get_title(self) -> str:
        """Title."""
        return self.title

    def get_xscale(self) -> str:
        """Scale of the horizontal axis."""
        return self.xscale

    def get_yscale(self) -> str:
        """Scale of the vertical axis."""
        return self.yscale

    def get_lines(self) -> list[LineData]:
        """All curves."""
        return self.lines


@dataclass(frozen=True)
class FigureData:
    """A figure."""

    axes: list[AxesData] = field(default_factory=list)


def is_figure(value: Any) -> bool:
    """Tell whether a value is a matplotlib figure or panel, without importing matplotlib."""
    figure, axes = sys.modules.get("matplotlib.figure"), sys.modules.get("matplotlib.axes")
    return (figure is not None and isinstance(value, figure.Figure)) or (
        axes is not None and isinstance(value, axes.Axes)
    )


def extract(value: Any) -> list[Any]:
    """Turn a figure, or the panel of one, into lists of plain data."""
    panels = value.axes if isinstance(value.axes, list) else [value]
    return [
        [
            *(str(text) for text in (ax.get_xlabel(), ax.get_ylabel(), ax.get_title())),
            *(str(scale) for scale in (ax.get_xscale(), ax.get_yscale())),
            [
                [
                    np.asarray(line.get_xdata(), dtype=float),
                    np.asarray(line.get_ydata(), dtype=float),
                    str(line.get_label()),
                ]
                for line in ax.get_lines()
            ],
        ]
        for ax in panels
    ]


def _panel(*parts: Any) -> AxesData:
    *words, curves = parts
    if len(words) != 5 or not all(type(word) is str for word in words):
        raise ValueError
    lines = [LineData(np.asarray(x, float), np.asarray(y, float), str(n)) for x, y, n in curves]
    xlabel, ylabel, title, xscale, yscale = words
    return AxesData(xlabel, ylabel, title, xscale, yscale, lines)


def restore(data: Any) -> FigureData:
    """Build the figure's data from what crossed.

    Raises
    ------
    ValueError
        If it isn't what :func:`extract` gives.
    """
    try:
        panels = [_panel(*panel) for panel in data]
    except (TypeError, ValueError):
        raise ValueError("not the data of a figure") from None
    return FigureData(panels)
