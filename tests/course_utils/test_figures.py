"""Figures carry their data in words; widgets redraw as asked and surface their errors."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from course_utils import figures
from course_utils.widgets import Choice, Explorer, Slider, Toggle

ALT = "Loss against steps: the line falls from four to one and stays there."


def plotted(values: list[float]) -> Any:
    fig, ax = figures.new()
    ax.plot(range(len(values)), values, label="loss")
    ax.set(xlabel="steps", ylabel="loss (nats)")
    return fig


def test_the_summary_follows_the_data() -> None:
    text = figures.summary(plotted([4.0, 0.5, 1.0]))
    assert text == (
        "[loss (nats) against steps]\n  loss: 3 points, x in [0, 2], y 4 to 1, in [0.5, 4]"
    )
    assert figures.summary(plotted([4.0, 0.51, 1.0])) != text


def test_the_summary_reads_points_and_bars() -> None:
    fig, (left, right) = figures.new(ncols=2)
    left.scatter([1, 2], [3, 4], label="runs")
    right.bar([0, 1], [5, 6], label="count")
    for ax in (left, right):
        ax.set(xlabel="x", ylabel="y")
    text = figures.summary(fig)
    assert "runs: 2 points, x in [1, 2], y 3 to 4" in text
    assert "count: 2 points, x in [0, 1], y 5 to 6" in text


def test_minus_zero_and_gaps_are_harmless() -> None:
    text = figures.summary(plotted([-0.0, np.nan, 1.0]))
    assert "y 0 to 1, in [0, 1]" in text and "3 points" in text


def test_an_axis_or_a_curve_without_a_name_is_refused() -> None:
    fig, ax = figures.new()
    ax.plot([1, 2], label="loss")
    with pytest.raises(ValueError, match="label both axes"):
        figures.summary(fig)
    fig, ax = figures.new()
    ax.plot([1, 2])
    ax.set(xlabel="x", ylabel="y")
    with pytest.raises(ValueError, match="label=…"):
        figures.summary(fig)


@pytest.mark.parametrize(("alt", "caption"), [("A figure.", "See."), (ALT, " ")])
def test_alt_text_and_caption_are_asked_for(alt: str, caption: str) -> None:
    with pytest.raises(ValueError, match=r"(alt|caption) must"):
        figures.show(plotted([1.0, 2.0]), alt=alt, caption=caption)


def test_a_band_is_the_median_and_its_percentiles() -> None:
    runs = np.arange(21.0)[:, None] + np.array([0.0, 100.0])
    _, ax = figures.new()
    line = figures.band(ax, [0, 1], runs, colour="train", label="train")
    assert list(line.get_ydata()) == [10.0, 110.0]
    edges = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert edges.min() == 2.0 and edges.max() == 118.0


def test_a_band_of_few_runs_is_refused() -> None:
    _, ax = figures.new()
    with pytest.raises(ValueError, match="n_runs ≥ 20"):
        figures.band(ax, [0, 1], np.zeros((19, 2)), colour="train", label="train")


def test_pictures_are_the_same_twice() -> None:
    assert figures.png(plotted([1.0, 2.0])) == figures.png(plotted([1.0, 2.0]))


def explorer(redraw: Any = None, **changes: Any) -> Explorer:
    fig, ax = figures.new()
    (line,) = ax.plot([0, 1], [0, 0], label="loss")
    ax.set(xlabel="x", ylabel="y", ylim=(0, 10))

    def move(height: float, flip: bool, kind: str) -> str:
        line.set_ydata([height, 0] if flip else [0, height])
        return f"{kind} {height:g}"

    controls = {
        "height": Slider("height", [1, 2, 8], 2),
        "flip": Toggle("flip"),
        "kind": Choice("kind", ["sum", "mean"], "mean"),
    }
    settings = {"fig": fig, "redraw": redraw or move, "controls": controls, "goal": "Reach 8."}
    return Explorer(**{**settings, "alt": ALT, **changes})


def test_a_widget_shows_its_defaults_where_no_kernel_runs() -> None:
    bundle, metadata = explorer()._repr_mimebundle_()
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"]["alt"] == ALT
    assert "mean 2" in bundle["text/plain"] and "y 0 to 2" in bundle["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_moving_a_control_redraws_picture_and_readout() -> None:
    live = explorer()
    box = live._live(figures.png(live.fig), "")
    _, height, flip, kind, line, image = box.children
    before = image.value
    height.value = 8
    assert line.value == "mean 8" and image.value != before
    flip.value = True
    kind.value = "sum"
    assert line.value == "sum 8"
    assert "y 8 to 0" in figures.summary(live.fig)


def test_an_error_at_an_extreme_surfaces_at_once() -> None:
    def fails(height: float, flip: bool, kind: str) -> str:
        return f"{1 / (height - 8)}"

    with pytest.raises(ZeroDivisionError):
        explorer(redraw=fails)


def test_a_goal_has_a_number_and_a_default_is_possible() -> None:
    with pytest.raises(ValueError, match="goal must name a number"):
        explorer(goal="Look around.")
    with pytest.raises(ValueError, match="the default must be one of the values"):
        explorer(controls={"height": Slider("height", [1, 2], 3)})


def test_the_live_picture_is_the_picture() -> None:
    """Drawing only what moves gives what drawing all gives, also when limits change."""
    live = explorer()
    ax = live.fig.axes[0]
    box = live._live(figures.png(live.fig), "")
    _, height, *_, image = box.children
    for value, top in ((8, 10.0), (1, 10.0), (8, 20.0), (2, 10.0)):
        ax.set_ylim(0, top)
        height.value = value
        whole = np.asarray(Image.open(io.BytesIO(figures.png(live.fig))).convert("RGB"), float)
        drawn = np.asarray(Image.open(io.BytesIO(image.value)).convert("RGB"), float)
        assert drawn.shape == whole.shape
        # Curves lie over the axes' lines instead of under them: a few pixels may differ.
        assert (np.abs(drawn - whole).max(axis=2) > 40).mean() < 0.002
