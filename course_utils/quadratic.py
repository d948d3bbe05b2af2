"""Quadratic test problems with a noisy gradient oracle (the closed-form standing problem).

Everything is vectorised over runs: parameters have shape ``(..., d)`` and the leading axes,
``n_runs`` first, are carried through. Random numbers come only from the generator passed in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from course_utils import arguments

Array = NDArray[np.float64]


def _symmetric(name: str, value: ArrayLike) -> Array:
    """Return a finite symmetric matrix as a float64 copy, or raise ValueError."""
    matrix = np.array(value, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise ValueError(f"{name} must be a square matrix (d, d), got shape {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError(f"{name} must be finite")
    if not np.allclose(matrix, matrix.T, rtol=1e-10, atol=1e-12 * np.abs(matrix).max()):
        raise ValueError(f"{name} must be symmetric")
    return matrix


def _root(name: str, cov: Array) -> Array:
    """Return ``R`` with ``R @ R.T == cov``; singular covariances are allowed."""
    values, vectors = np.linalg.eigh(cov)
    if values[0] < -1e-10 * max(1.0, values[-1]):
        raise ValueError(f"{name} must have no negative eigenvalue, got {values[0]:.3g}")
    root: Array = vectors * np.sqrt(np.clip(values, 0.0, None))
    return root


class Quadratic:
    r"""Quadratic loss :math:`\tfrac12(\theta-\theta^*)^\top A(\theta-\theta^*)`, noisy gradients.

    The oracle returns the gradient plus Gaussian noise of covariance ``noise_cov / batch_size``
    that does not depend on ``theta``. That is assumption (A4) with equality, and (A1), (A5) hold.

    Parameters
    ----------
    hessian : (d, d) array_like
        Symmetric matrix ``A``. It may be singular or indefinite; then ``mu <= 0``.
    noise_cov : (d, d) array_like
        Covariance of the noise in the gradient of one example, positive semidefinite.
    theta_star : (d,) array_like, optional
        The stationary point; the origin if left out.

    Attributes
    ----------
    mu, smoothness : float
        Smallest eigenvalue of the Hessian, and largest in absolute value.
    condition_number : float
        ``smoothness / mu``; infinite when ``mu <= 0``.
    loss_star : float
        Loss at ``theta_star``, here 0.

    Raises
    ------
    ValueError
        If a matrix is not square, symmetric and finite, if the shapes do not agree, or if
        ``noise_cov`` has a negative eigenvalue.
    """

    loss_star: float = 0.0

    def __init__(
        self, hessian: ArrayLike, noise_cov: ArrayLike, theta_star: ArrayLike | None = None
    ) -> None:
        self.hessian = _symmetric("hessian", hessian)
        self.noise_cov = _symmetric("noise_cov", noise_cov)
        self.dim = self.hessian.shape[0]
        if self.noise_cov.shape != self.hessian.shape:
            raise ValueError(
                f"noise_cov must have the shape of hessian, {self.hessian.shape}, "
                f"got {self.noise_cov.shape}"
            )
        if theta_star is None:
            theta_star = np.zeros(self.dim)
        self.theta_star: Array = np.array(theta_star, dtype=np.float64)
        if self.theta_star.shape != (self.dim,):
            raise ValueError(
                f"theta_star must have shape ({self.dim},), got {self.theta_star.shape}"
            )
        arguments.finite("theta_star", self.theta_star)
        self._noise_root = _root("noise_cov", self.noise_cov)
        eigenvalues = np.linalg.eigvalsh(self.hessian)
        self.mu = float(eigenvalues[0])
        self.smoothness = float(np.abs(eigenvalues).max())
        self.condition_number = self.smoothness / self.mu if self.mu > 0 else float("inf")

    def _offset(self, theta: ArrayLike) -> Array:
        values = np.asarray(theta, dtype=np.float64)
        if values.ndim == 0 or values.shape[-1] != self.dim:
            raise ValueError(f"theta must have shape (..., {self.dim}), got {values.shape}")
        arguments.finite("theta", values, arguments.DIVERGED)
        offset: Array = values - self.theta_star
        return offset

    def excess(self, theta: ArrayLike) -> Array:
        """Return the excess loss, loss minus loss at ``theta_star``, of shape ``(...)``."""
        offset = self._offset(theta)
        excess: Array = 0.5 * ((offset @ self.hessian) * offset).sum(axis=-1)
        return excess

    def loss(self, theta: ArrayLike) -> Array:
        """Return the loss without noise, of shape ``(...)`` for theta ``(..., d)``."""
        return self.loss_star + self.excess(theta)

    def grad(self, theta: ArrayLike) -> Array:
        """Return the exact gradient, of shape ``(..., d)``."""
        gradient: Array = self._offset(theta) @ self.hessian
        return gradient

    def oracle(
        self,
        theta: ArrayLike,
        rng: np.random.Generator | None = None,
        batch_size: int = 1,
        noise: ArrayLike | None = None,
    ) -> Array:
        """Return one noisy gradient for each run.

        Parameters
        ----------
        theta : (..., d) array_like
            Parameters, one row for each run.
        rng : numpy.random.Generator, optional
            Source of the noise; needed unless ``noise`` is given.
        batch_size : int
            The noise covariance is divided by it.
        noise : (..., d) array_like, optional
            Standardised noise (mean 0, identity covariance) to use instead of drawing, so that
            two methods can see the same noise.

        Returns
        -------
        (..., d) ndarray
            Unbiased gradients.

        Raises
        ------
        ValueError
            If neither or both of ``rng`` and ``noise`` are given, the noise does not have d
            columns, ``batch_size`` is no whole number of at least 1, or ``theta`` isn't finite.
        """
        batch_size = arguments.count("batch_size", batch_size)
        gradient = self.grad(theta)
        if (rng is None) == (noise is None):
            raise ValueError("give exactly one of rng and noise")
        if rng is not None:
            standard: Array = rng.standard_normal(gradient.shape)
        else:
            standard = np.asarray(noise, dtype=np.float64)
            if standard.ndim == 0 or standard.shape[-1] != self.dim:
                raise ValueError(f"noise must have shape (..., {self.dim}), got {standard.shape}")
        noisy: Array = gradient + standard @ (self._noise_root.T / np.sqrt(batch_size))
        return noisy


class LeastSquares(Quadratic):
    r"""Streaming least squares: the noise grows with the distance from the optimum.

    A fresh example is :math:`x\sim N(0, S)`, :math:`y=x^\top\theta^*+\varepsilon` with
    :math:`\varepsilon\sim N(0,\sigma^2)` independent of x; its loss is
    :math:`\tfrac12(y-x^\top\theta)^2`. The population loss is a quadratic with Hessian S, and
    ``noise_cov`` is the gradient covariance *at* ``theta_star``; away from it there is more.

    Parameters
    ----------
    second_moment : (d, d) array_like
        Covariance S of the inputs, positive semidefinite.
    noise_var : float
        Label noise variance, at least 0.
    theta_star : (d,) array_like, optional
        True parameters; the origin if left out.

    Raises
    ------
    ValueError
        As for Quadratic, and if ``noise_var`` is negative.
    """

    def __init__(
        self, second_moment: ArrayLike, noise_var: float, theta_star: ArrayLike | None = None
    ) -> None:
        if not 0.0 <= noise_var < np.inf:
            raise ValueError(f"noise_var must be finite and at least 0, got {noise_var}")
        moment = _symmetric("second_moment", second_moment)
        super().__init__(moment, noise_var * moment, theta_star)
        self.noise_var = float(noise_var)
        self.loss_star = 0.5 * self.noise_var
        self._input_root = _root("second_moment", moment)

    def oracle(
        self,
        theta: ArrayLike,
        rng: np.random.Generator | None = None,
        batch_size: int = 1,
        noise: ArrayLike | None = None,
    ) -> Array:
        """Return the mean gradient of ``batch_size`` fresh examples for each run.

        Parameters
        ----------
        theta : (..., d) array_like
            Parameters, one row for each run.
        rng : numpy.random.Generator, optional
            Source of the examples; needed unless ``noise`` is given.
        batch_size : int
            Fresh examples for each run.
        noise : (..., batch_size, d + 1) array_like, optional
            Standard normal numbers to use instead of drawing: d for the input, one for the label.

        Returns
        -------
        (..., d) ndarray
            Unbiased gradients.

        Raises
        ------
        ValueError
            As for Quadratic.oracle.
        """
        batch_size = arguments.count("batch_size", batch_size)
        offset = self._offset(theta)
        if (rng is None) == (noise is None):
            raise ValueError("give exactly one of rng and noise")
        tail = (batch_size, self.dim + 1)
        if rng is not None:
            standard: Array = rng.standard_normal(offset.shape[:-1] + tail)
        else:
            standard = np.asarray(noise, dtype=np.float64)
            if standard.shape[-2:] != tail:
                raise ValueError(f"noise must have shape (..., {tail[0]}, {tail[1]})")
        # Work with whitened inputs: one product with the root for each run, not for each example.
        inputs = standard[..., : self.dim]
        residual = np.einsum("...bd,...d->...b", inputs, offset @ self._input_root)
        residual = residual - np.sqrt(self.noise_var) * standard[..., self.dim]
        whitened = np.einsum("...bd,...b->...d", inputs, residual) / batch_size
        gradient: Array = whitened @ self._input_root.T
        return gradient


def standing_quadratic() -> Quadratic:
    """Return the two-dimensional quadratic that every section uses.

    Hessian and noise covariance do not commute, the condition number is about 8, and the
    minimiser is the origin, so that a missing rotation or a diagonal shortcut shows.
    """
    return Quadratic(hessian=[[1.92, 0.88], [0.88, 0.78]], noise_cov=[[1.47, -0.54], [-0.54, 0.43]])
