"""Widgets that redraw within a tenth of a second, and a picture where no kernel runs.

A widget is a *redraw* function and the controls for its arguments. The figure is made once; the
redraw function moves its artists and never makes new ones, which is what keeps a step fast.
Everything it needs is passed in, so it can be tested as an ordinary function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from course_utils import figures

__all__ = ["Choice", "Explorer", "Slider", "Toggle"]

TITLES: tuple[Literal["left", "center", "right"], ...] = ("left", "center", "right")
GROUNDS = 60  # backgrounds kept, about a megabyte each


@dataclass(frozen=True)
class Slider:
    """A slider over the values ``values``, by default at ``default``."""

    label: str
    values: Sequence[float]
    default: float

    @property
    def extremes(self) -> tuple[Any, ...]:
        """The settings at which the redraw function is tested."""
        return self.values[0], self.default, self.values[-1]

    def widget(self) -> Any:
        """Make the ipywidgets control."""
        from ipywidgets import SelectionSlider

        options = [(f"{value:g}", value) for value in self.values]
        return SelectionSlider(description=self.label, options=options, value=self.default)


@dataclass(frozen=True)
class Toggle:
    """A check box."""

    label: str
    default: bool = False

    @property
    def extremes(self) -> tuple[Any, ...]:
        """The settings at which the redraw function is tested."""
        return True, False

    def widget(self) -> Any:
        """Make the ipywidgets control."""
        from ipywidgets import Checkbox

        return Checkbox(description=self.label, value=self.default, indent=False)


@dataclass(frozen=True)
class Choice:
    """A row of buttons, one for each of ``values``."""

    label: str
    values: Sequence[str]
    default: str

    @property
    def extremes(self) -> tuple[Any, ...]:
        """The settings at which the redraw function is tested."""
        return tuple(self.values)

    def widget(self) -> Any:
        """Make the ipywidgets control."""
        from ipywidgets import ToggleButtons

        return ToggleButtons(description=self.label, options=list(self.values), value=self.default)


Control = Slider | Toggle | Choice


class _Live:
    """Draws a figure again and again, and only what moves: the curves, not axes and their texts.

    Axes, ticks and labels take most of the time. They are drawn once for each set of limits and
    titles, and kept.
    """

    def __init__(self, fig: Figure) -> None:
        self.fig = fig
        self.canvas: Any = FigureCanvasAgg(fig)
        self.grounds: dict[Any, Any] = {}

    def _ground(self, moving: Sequence[Any]) -> Any:
        key = tuple(
            (ax.get_xlim(), ax.get_ylim(), *(ax.get_title(loc=at) for at in TITLES))
            for ax in self.fig.axes
        )
        if key not in self.grounds:
            if len(self.grounds) >= GROUNDS:
                self.grounds.clear()
            for artist in moving:
                artist.set_visible(False)
            self.canvas.draw()
            self.grounds[key] = self.canvas.copy_from_bbox(self.fig.bbox)
            for artist in moving:
                artist.set_visible(True)
        return self.grounds[key]

    def png(self) -> bytes:
        """Render the figure as it is now."""
        moving = [
            artist
            for ax in self.fig.axes
            for artist in (*ax.patches, *ax.collections, *ax.lines, *ax.texts)
            if artist.get_visible()
        ]
        self.canvas.restore_region(self._ground(moving))
        for artist in sorted(moving, key=lambda artist: artist.get_zorder()):
            artist.draw(self.canvas.get_renderer())
        pixels = np.asarray(self.canvas.buffer_rgba())[..., :3].copy()
        return figures.encoded(pixels, compress_level=1)  # at every step of a slider


class Explorer:
    """An interactive figure with a goal.

    Parameters
    ----------
    fig
        The figure, made once with :func:`course_utils.figures.new`.
    redraw
        ``redraw(**settings) -> str`` moves the artists of ``fig`` to the settings and returns a
        one-line read-out.
    controls
        A control for each argument of ``redraw``.
    goal
        What the reader is to find, with a number in it.
    alt
        Alt text of the picture at the default settings.

    Raises
    ------
    ValueError
        If the goal names no number or a default isn't among a control's values.
    """

    def __init__(
        self,
        fig: Figure,
        redraw: Callable[..., str],
        controls: Mapping[str, Control],
        goal: str,
        alt: str,
    ) -> None:
        if not any(character.isdigit() for character in goal):
            raise ValueError("goal must name a number to reach")
        for name, control in controls.items():
            if not isinstance(control, Toggle) and control.default not in control.values:
                raise ValueError(f"controls[{name!r}]: the default must be one of the values")
        self.fig, self.redraw, self.controls = fig, redraw, dict(controls)
        self.goal, self.alt = goal, alt
        # An exception in a redraw function has to surface when the page is executed, not when a
        # reader moves a slider: so each control is moved to its extremes once.
        for name, control in controls.items():
            for setting in control.extremes:
                redraw(**{**self.defaults, name: setting})
        redraw(**self.defaults)
        # Laying the axes out anew at each step would cost a quarter of the time it may take.
        fig.draw_without_rendering()
        fig.set_layout_engine("none")

    @property
    def defaults(self) -> dict[str, Any]:
        """The settings that are shown first."""
        return {name: control.default for name, control in self.controls.items()}

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """Show the widget; front ends without a kernel show the picture at the defaults."""
        readout = self.redraw(**self.defaults)
        picture = figures.png(self.fig)
        plain = "\n".join(
            [f"Widget: {self.alt}", f"Goal: {self.goal}", readout, figures.summary(self.fig)]
        )
        bundle = dict(self._live(picture, readout)._repr_mimebundle_() or {})
        bundle.update({"image/png": picture, "text/plain": plain})
        return bundle, {"image/png": {"alt": self.alt}}

    def _live(self, picture: bytes, readout: str) -> Any:
        import ipywidgets

        image = ipywidgets.Image(value=picture, format="png", layout={"max_width": "100%"})
        line = ipywidgets.HTML(readout)
        goal = ipywidgets.HTML(f"<b>Goal.</b> {self.goal}")
        boxes = {name: control.widget() for name, control in self.controls.items()}
        live = _Live(self.fig)

        def update(_: object) -> None:
            line.value = self.redraw(**{name: box.value for name, box in boxes.items()})
            image.value = live.png()

        for box in boxes.values():
            box.style.description_width = "initial"
            box.observe(update, names="value")
        return ipywidgets.VBox([goal, *boxes.values(), line, image])
