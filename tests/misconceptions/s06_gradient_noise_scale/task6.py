"""Task 6: the noise scale without and with curvature."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

SECOND = ["task6-visible", "task6-numeric", "task6-noise", "task6-digits"]
BOTH = ["task6-visible", "task6-simple", "task6-noise", "task6-digits"]


@wrong("Σ has 1/N", loses=BOTH)
def sample_covariance(grads, hess):
    full, cov = grads.mean(axis=0), np.cov(grads, rowvar=False)
    bend = full @ hess @ full
    return np.trace(cov) / (full @ full), np.trace(hess @ cov) / bend if bend > 0 else np.inf


@wrong("the mean wasn't taken off", loses=BOTH)
def second_moments(grads, hess):
    full, moment = grads.mean(axis=0), grads.T @ grads / len(grads)
    bend = full @ hess @ full
    return np.trace(moment) / (full @ full), np.trace(hess @ moment) / bend if bend > 0 else np.inf


@wrong("isn't the product of two traces", loses=SECOND)
def product_of_traces(grads, hess):
    full, cov = grads.mean(axis=0), np.cov(grads.T, bias=True)
    bend = full @ hess @ full
    top = np.trace(hess) * np.trace(cov)
    return np.trace(cov) / (full @ full), top / bend if bend > 0 else np.inf


@wrong("only where H is a multiple of the identity", loses=[*SECOND, "task6-saddle"])
def curvature_ignored(grads, hess):
    full, cov = grads.mean(axis=0), np.cov(grads.T, bias=True)
    return np.trace(cov) / (full @ full), np.trace(cov) / (full @ full)


@wrong("has their diagonals only", loses=SECOND)
def diagonals_only(grads, hess):
    full, cov = grads.mean(axis=0), np.cov(grads.T, bias=True)
    bend = full @ hess @ full
    top = np.diag(hess) @ np.diag(cov)
    return np.trace(cov) / (full @ full), top / bend if bend > 0 else np.inf


@wrong("the corners of H count too", loses=SECOND)
def diagonal_hessian(grads, hess):
    full, spread = grads.mean(axis=0), grads.var(axis=0)
    bend = full @ hess @ full
    second = np.diag(hess) @ spread / (np.diag(hess) @ full**2)
    return spread.sum() / (full @ full), second if bend > 0 else np.inf


@wrong("divide by GᵀHG", loses=SECOND)
def curvature_in_the_noise_only(grads, hess):
    full, cov = grads.mean(axis=0), np.cov(grads.T, bias=True)
    bend = full @ hess @ full
    second = np.trace(hess @ cov) / (full @ full)
    return np.trace(cov) / (full @ full), second if bend > 0 else np.inf


@wrong("tr(HΣ), not tr Σ", loses=SECOND)
def curvature_in_the_signal_only(grads, hess):
    full, cov = grads.mean(axis=0), np.cov(grads.T, bias=True)
    bend = full @ hess @ full
    return np.trace(cov) / (full @ full), np.trace(cov) / bend if bend > 0 else np.inf


@wrong("have changed places", loses=[*BOTH, "task6-numeric", "task6-saddle"])
def swapped(grads, hess):
    full, cov = grads.mean(axis=0), np.cov(grads.T, bias=True)
    bend = full @ hess @ full
    return np.trace(hess @ cov) / bend if bend > 0 else np.inf, np.trace(cov) / (full @ full)


@wrong("the norm of G enters squared", loses=["task6-visible", "task6-simple", "task6-digits"])
def norm_not_squared(grads, hess):
    full, cov = grads.mean(axis=0), np.cov(grads.T, bias=True)
    bend = full @ hess @ full
    first = np.trace(cov) / np.linalg.norm(full)
    return first, np.trace(hess @ cov) / bend if bend > 0 else np.inf


@wrong("a trace adds them up", loses=["task6-visible", "task6-simple", "task6-digits"])
def mean_over_coordinates(grads, hess):
    full, cov = grads.mean(axis=0), np.cov(grads.T, bias=True)
    bend = full @ hess @ full
    first = np.mean((grads - full) ** 2) / (full @ full)
    return first, np.trace(hess @ cov) / bend if bend > 0 else np.inf


@wrong("there is no best step, so the scale is inf", loses=["task6-saddle"])
def negative_scale(grads, hess):
    full = grads.mean(axis=0)
    rows = grads - full
    simple = (rows**2).sum(axis=1).mean() / (full @ full)
    return simple, ((rows @ hess) * rows).sum(axis=1).mean() / (full @ hess @ full)


@right
def whole_covariance(grads, hess):
    full, cov = grads.mean(axis=0), np.cov(grads, rowvar=False, bias=True)
    bend = float(full @ hess @ full)
    second = float(np.trace(hess @ cov)) / bend if bend > 0 else float("inf")
    return [float(np.trace(cov) / (full @ full)), second]


@right
def row_by_row(grads, hess):
    full = sum(grads) / len(grads)
    plain = sum(np.linalg.norm(g - full) ** 2 for g in grads) / len(grads)
    curved = sum((g - full) @ (hess @ (g - full)) for g in grads) / len(grads)
    bend = full.dot(hess).dot(full)
    return np.array([plain / full.dot(full), curved / bend if bend > 0 else np.inf])


@right
def moments_less_squares(grads, hess):
    full = np.mean(grads, axis=0)
    bend = full @ hess @ full
    first = np.mean(np.sum(grads**2, axis=1)) / (full @ full) - 1
    second = np.einsum("ni,ij,nj->", grads, hess, grads) / len(grads) / bend - 1
    return first, second if bend > 0 else np.inf
