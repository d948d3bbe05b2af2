"""The standing real problem: scikit-learn's 8x8 digits, preprocessed in one fixed way.

The images are the optical digits of Alpaydin and Kaynak (1998), 1797 of them with 64 pixels of
0..16, as shipped with scikit-learn: nothing is downloaded.
"""

from __future__ import annotations

import gzip
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils.linear_losses import softmax_losses
from course_utils.linear_models import LinearClassifier

Array = NDArray[np.float64]


@cache
def load_images() -> tuple[Array, NDArray[np.int64]]:
    """Return the images ``(1797, 64)``, values 0..16, and digits ``(1797,)``; both read-only."""
    # The file by its path: importing scikit-learn for it takes most of a second.
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("the digits come with scikit-learn, which isn't installed")
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    with gzip.open(path) as file:
        table = np.loadtxt(file, delimiter=",")
    images: Array = np.ascontiguousarray(table[:, :-1])
    digits = table[:, -1].astype(np.int64)
    images.flags.writeable = digits.flags.writeable = False
    return images, digits


def preprocess(
    images: ArrayLike,
    features: Literal["standing", "raw"] | int = "standing",
    reference: ArrayLike | None = None,
) -> Array:
    """Turn images into features with a last column of ones.

    Parameters
    ----------
    images : (N, 64) array_like
        Pixels 0..16.
    features : {"standing", "raw"} or int
        "standing": subtract the mean image and divide by one scalar, the root mean squared row
        norm. "raw": divide by 16. An integer k: the first k principal components, each scaled to
        unit variance (1/N).
    reference : (M, 64) array_like, optional
        Images that fix the mean, the scalar and the components; ``images`` if left out. For a
        held-out set give the training images.

    Returns
    -------
    (N, p) ndarray
        p is 65, or k + 1.

    Raises
    ------
    ValueError
        If the shapes do not fit or ``features`` is not one of the choices.
    """
    pixels = np.asarray(images, dtype=np.float64)
    base = pixels if reference is None else np.asarray(reference, dtype=np.float64)
    if pixels.ndim != 2 or base.ndim != 2 or pixels.shape[1] != base.shape[1]:
        raise ValueError("images and reference must have shape (N, n_pixels)")
    mean = base.mean(axis=0)
    centred = base - mean
    if features == "raw":
        columns = pixels / 16.0
    elif features == "standing":
        # One scalar for all pixels: scaling each by its own spread blows up nearly constant ones.
        columns = (pixels - mean) / np.sqrt(np.square(centred).sum(axis=1).mean())
    elif isinstance(features, int) and 1 <= features <= min(base.shape):
        _, values, axes = np.linalg.svd(centred, full_matrices=False)
        axes = axes[:features]
        # The sign of a component is arbitrary; make its largest loading positive.
        largest = np.abs(axes).argmax(axis=1)
        axes = axes * np.sign(axes[np.arange(features), largest])[:, None]
        columns = (pixels - mean) @ axes.T / (values[:features] / np.sqrt(len(base)))
    else:
        raise ValueError(
            f'features must be "standing", "raw" or a number of components, got {features!r}'
        )
    return np.hstack([columns, np.ones((len(pixels), 1))])


class Digits(LinearClassifier):
    """Softmax or logistic regression on the digits, with a ridge on every parameter.

    Parameters
    ----------
    kind : {"softmax", "logistic"}
        Softmax over the classes, or the logistic loss of a two-class problem.
    ridge : float
        Ridge, equal to ``mu``.
    features : {"standing", "raw"} or int
        See ``preprocess``; fixed by the images that are kept.
    classes : tuple of int, optional
        Digits to keep; the label is the position in the tuple, so ``(3, 8)`` makes 8 the class 1.
        Left out, all ten are kept: for the softmax the label is the digit, for the logistic loss
        it is 1 when the digit is 5 or more.
    rows : (n,) array_like of int, optional
        Rows to keep, counted after ``classes`` was applied.

    Raises
    ------
    ValueError
        If an argument is not one of the choices.
    """

    def __init__(
        self,
        kind: Literal["softmax", "logistic"] = "softmax",
        ridge: float = 1e-3,
        *,
        features: Literal["standing", "raw"] | int = "standing",
        classes: tuple[int, ...] | None = None,
        rows: ArrayLike | None = None,
    ) -> None:
        images, digits = load_images()
        if classes is None:
            labels = (digits >= 5).astype(np.int64) if kind == "logistic" else digits
            n_classes = 2 if kind == "logistic" else 10
        else:
            n_classes = len(classes)
            if len(set(classes)) != n_classes or not set(classes) <= set(range(10)):
                raise ValueError(f"classes must be different digits 0..9, got {classes}")
            kept = np.isin(digits, classes)
            images, digits = images[kept], digits[kept]
            labels = np.array([classes.index(digit) for digit in digits], dtype=np.int64)
        if rows is not None:
            index = np.asarray(rows)
            if index.ndim != 1 or not np.issubdtype(index.dtype, np.integer) or index.size == 0:
                raise ValueError("rows must be a non-empty one-dimensional integer array")
            if index.min() < 0 or index.max() >= len(images):
                raise ValueError(f"rows must lie in 0..{len(images) - 1}")
            images, labels = images[index], labels[index]
        super().__init__(preprocess(images, features), labels, kind, ridge, n_classes)


class LabelNoise:
    r"""A population whose risk is known: every image with a noisy label.

    An example is an image drawn uniformly from a softmax problem and a label that keeps the true
    class with probability :math:`1-r` and is redrawn uniformly from all K classes with probability
    r (it can come out true again). The law is finite, so its risk is a sum, not an estimate.

    Parameters
    ----------
    clean : LinearClassifier
        Softmax problem that holds the images and true labels.
    rate : float
        Probability r of a redraw, in [0, 1].

    Attributes
    ----------
    floor : float
        Entropy of the label given the image, in nats: no model has a smaller risk.

    Raises
    ------
    ValueError
        If ``clean`` is no unweighted softmax problem or ``rate`` is not in [0, 1].
    """

    def __init__(self, clean: LinearClassifier, rate: float = 0.1) -> None:
        if clean.kind != "softmax" or clean.weights is not None:
            raise ValueError("clean must be an unweighted softmax problem")
        if not 0.0 <= rate <= 1.0:
            raise ValueError(f"rate must lie in [0, 1], got {rate}")
        self.clean, self.rate = clean, float(rate)
        law = np.full(clean.n_classes, rate / clean.n_classes)
        law[0] += 1.0 - rate
        law = law[law > 0]
        self.floor = float(-(law * np.log(law)).sum())

    @cached_property
    def problem(self) -> LinearClassifier:
        """The population as N * K weighted rows; row ``K * i + k`` is image i with label k.

        Its ``theta_star``, ``hessian``, ``per_example`` and ``weights`` are those of the
        population (ridge included, as in ``clean``); indices from ``draw`` are rows of it.
        """
        n, n_classes = self.clean.n, self.clean.n_classes
        probs = np.full((n, n_classes), self.rate / n_classes)
        probs[np.arange(n), self.clean.labels] += 1.0 - self.rate
        return LinearClassifier(
            np.repeat(self.clean.features, n_classes, axis=0),
            np.tile(np.arange(n_classes), n),
            "softmax",
            self.clean.ridge,
            n_classes,
            probs.ravel() / n,
        )

    def draw(self, size: int | tuple[int, ...], rng: np.random.Generator) -> NDArray[np.int64]:
        """Draw independent examples: row numbers of ``problem``, in the shape ``size``.

        For training sets of n examples for each of R runs use ``size=(R, n)``; then
        ``problem.grad(theta, idx)`` is the full-batch gradient of every run's own set.
        """
        image = rng.integers(self.clean.n, size=size)
        redrawn = rng.integers(self.clean.n_classes, size=size)
        noisy = rng.random(size) < self.rate
        label = np.where(noisy, redrawn, self.clean.labels[image])
        index: NDArray[np.int64] = image * self.clean.n_classes + label
        return index

    def risk(self, theta: ArrayLike) -> Array:
        """Return the exact population risk, ridge left out, in nats, ``(...)``."""
        values = np.asarray(theta, dtype=np.float64)
        flat = values.reshape(-1, values.shape[-1])
        out = np.empty(len(flat))
        for run, row in enumerate(flat):
            scores = self.clean.scores(row)
            true = softmax_losses(scores, self.clean.labels)
            # A uniform label costs log-sum-exp minus the mean score.
            picked = scores[np.arange(self.clean.n), self.clean.labels]
            uniform = true + picked - scores.mean(axis=-1)
            out[run] = ((1.0 - self.rate) * true + self.rate * uniform).mean()
        return out.reshape(values.shape[:-1])[()]
