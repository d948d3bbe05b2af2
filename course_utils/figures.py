"""Figures of one style: the same colours for the same things, direct labels, alt text.

:func:`show` puts three things into the notebook: the picture with its alt text, a one-sentence
caption, and as plain text a summary of the drawn data. The plain text is what a re-execution
compares, so a figure whose data change is noticed although pictures are never compared; it is
also what a reader without the picture gets.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

__all__ = ["COLOURS", "STYLE", "band", "label_line", "new", "png", "show", "summary"]

#: Okabe–Ito colours by meaning; the same in every notebook.
COLOURS = {
    "theory": "#000000",  # what a theorem predicts
    "measured": "#009E73",
    "train": "#0072B2",
    "heldout": "#D55E00",  # held-out loss, population risk
    "with": "#E69F00",  # sampling with replacement
    "without": "#56B4E9",  # sampling without replacement
    "wrong": "#CC79A7",  # the naive answer
    "floor": "#7F7F7F",  # what no method can beat
    "raw": "#BBBBBB",  # single runs behind a median
}

STYLE: dict[Any, Any] = {
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.grid": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.linewidth": 1.8,
    "figure.dpi": 100,
    "savefig.dpi": 100,
    "figure.constrained_layout.use": True,
    "svg.hashsalt": "course",
}


def new(
    width: float = 7.0, height: float = 3.6, ncols: int = 1, nrows: int = 1, **subplots: Any
) -> tuple[Figure, Any]:
    """Make a figure in the course's style; it belongs to no pyplot state, so nothing leaks.

    Parameters
    ----------
    width, height
        Size in inches, at 100 pixels an inch.
    ncols, nrows
        Panels.
    **subplots
        Passed on to :meth:`matplotlib.figure.Figure.subplots`.

    Returns
    -------
    fig, ax
        ``ax`` is one Axes, or an array of them.
    """
    with matplotlib.rc_context(STYLE):
        fig = Figure(figsize=(width, height), layout="constrained")
        ax = fig.subplots(nrows, ncols, **subplots)
    return fig, ax


def _colour(colour: str) -> str:
    return COLOURS.get(colour, colour)


def band(
    ax: Axes,
    x: ArrayLike,
    runs: ArrayLike,
    colour: str,
    label: str,
    low: float = 10.0,
    high: float = 90.0,
    **line: Any,
) -> Line2D:
    """Draw the median over runs as a line and a percentile band behind it.

    Parameters
    ----------
    x
        Shape (n_times,).
    runs
        Shape (n_runs, n_times), at least 20 runs.
    colour
        A key of :data:`COLOURS`, or a colour.
    label
        Names the line in the data summary.
    low, high
        Percentiles of the band.

    Raises
    ------
    ValueError
        If there are fewer than 20 runs, the shapes differ, or a value is not a number.
    """
    values = np.asarray(runs, dtype=float)
    if values.ndim != 2 or values.shape[0] < 20 or values.shape[1:] != np.shape(x):
        raise ValueError(
            "runs must have shape (n_runs ≥ 20, n_times) with n_times as in x; "
            f"got {values.shape} and {np.shape(x)}"
        )
    if np.isnan(values).any():
        raise ValueError("runs must not hold nan: a run that diverged is inf, or is left out")
    lower, median, upper = np.percentile(values, [low, 50, high], axis=0)
    (drawn,) = ax.plot(x, median, color=_colour(colour), label=label, **line)
    ax.fill_between(x, lower, upper, color=_colour(colour), alpha=0.2, linewidth=0)
    return drawn


def label_line(
    ax: Axes, at: tuple[float, float], text: str, colour: str = "theory", **options: Any
) -> None:
    """Write a label beside a curve, in the curve's colour, on a white ground.

    Parameters
    ----------
    at
        Position in data coordinates.
    text, colour
        What to write, and a key of :data:`COLOURS` or a colour.
    **options
        Passed on to :meth:`matplotlib.axes.Axes.text`.
    """
    options.setdefault("va", "center")
    options.setdefault("fontsize", 10)
    ground = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 1.0}
    ax.text(*at, text, color=_colour(colour), bbox=ground, **options)


def _labelled(ax: Axes) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    for line in ax.get_lines():
        label = str(line.get_label())
        if not label.startswith("_"):
            yield label, np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
    for points in ax.collections:
        label = str(points.get_label())
        if isinstance(points, PathCollection) and not label.startswith("_"):
            x, y = np.asarray(points.get_offsets(), dtype=float).T
            yield label, x, y
    for bars in ax.containers:
        label = str(bars.get_label())
        if not label.startswith("_") and hasattr(bars, "patches"):
            x = np.array([bar.get_x() + bar.get_width() / 2 for bar in bars.patches])
            yield label, x, np.array([bar.get_height() for bar in bars.patches], dtype=float)


def _number(value: float, digits: int) -> str:
    # Adding 0.0 turns −0.0, which differs between machines, into 0.0.
    return f"{value + 0.0:.{digits}g}"


def summary(fig: Figure, digits: int = 3) -> str:
    """Describe the drawn data, a line of text for each labelled artist.

    Parameters
    ----------
    fig
        The figure.
    digits
        Significant digits; fewer where the last ones differ between machines.

    Raises
    ------
    ValueError
        If an axis has no label, or nothing that is drawn has one.
    """
    lines = []
    for ax in fig.axes:
        if not ax.axison:
            continue
        if not (ax.get_xlabel() and ax.get_ylabel()):
            raise ValueError("label both axes, with units: ax.set(xlabel=…, ylabel=…)")
        lines.append(f"[{ax.get_ylabel()} against {ax.get_xlabel()}]")
        for label, x, y in _labelled(ax):
            # Some artists are labelled but empty until a widget fills them.
            shown = y[np.isfinite(y)]
            if shown.size == 0:
                continue
            ends = " to ".join(_number(v, digits) for v in (shown[0], shown[-1]))
            span = ", ".join(_number(v, digits) for v in (shown.min(), shown.max()))
            reach = ", ".join(_number(v, digits) for v in (x.min(), x.max()))
            lines.append(f"  {label}: {y.size} points, x in [{reach}], y {ends}, in [{span}]")
    if not any(line.startswith("  ") for line in lines):
        raise ValueError("give what you draw a label=…: the data summary is made of them")
    return "\n".join(lines)


def png(fig: Figure) -> bytes:
    """Render a figure to PNG bytes."""
    canvas: Any = FigureCanvasAgg(fig)  # untyped
    canvas.draw()  # once: `savefig` goes through the artists twice, first for the layout alone
    return encoded(np.asarray(canvas.buffer_rgba()), compress_level=3)


def encoded(pixels: np.ndarray, compress_level: int) -> bytes:
    """Return pixels (height, width, 3 or 4), bytes, as a PNG; lightly compressed is fast."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="png", compress_level=compress_level)
    return buffer.getvalue()


def show(fig: Figure, alt: str, caption: str, digits: int = 3) -> None:
    """Put a figure into the notebook, with alt text, caption and the summary of its data.

    Parameters
    ----------
    fig
        The figure.
    alt
        What is on the axes, the trend, the conclusion: for a reader who can't see the picture.
    caption
        One sentence that says what to see.
    digits
        Significant digits of the data summary, see :func:`summary`.

    Raises
    ------
    ValueError
        If the alt text or the caption is missing, or an axis has no label.
    """
    if len(alt.split()) < 8:
        raise ValueError("alt must say what is on the axes, the trend and the conclusion")
    if not caption.strip():
        raise ValueError("caption must say in one sentence what to see")
    plain = f"Figure: {alt}\n{summary(fig, digits)}"
    from IPython import display as ipython
    from IPython import get_ipython

    if get_ipython() is None:  # a script or a grader: nobody sees a picture
        print(plain)
        return
    ipython.display(  # type: ignore[no-untyped-call]
        {"image/png": png(fig), "text/plain": plain},
        raw=True,
        metadata={"image/png": {"alt": alt}},
    )
    ipython.display(  # type: ignore[no-untyped-call]
        {"text/markdown": f"*{caption}*", "text/plain": caption}, raw=True
    )
