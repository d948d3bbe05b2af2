"""Task 6: fit the hyperbola."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

ALL = ["task6-visible", "task6-digits", "task6-noisy", "task6-infinite"]


@wrong("this is the fit of S itself", loses=ALL)
def ordinary_least_squares(batch_sizes, steps):
    kept = np.isfinite(steps)
    slope, start = np.polyfit(1 / batch_sizes[kept], steps[kept], 1)
    return start, slope / start


@wrong("divides each error by S", loses=ALL)
def relative_errors(batch_sizes, steps):
    kept = np.isfinite(steps)
    slope, start = np.polyfit(1 / batch_sizes[kept], steps[kept], 1, w=1 / steps[kept])
    return start, slope / start


@wrong("listens to the largest batches", loses=ALL)
def line_in_examples(batch_sizes, steps):
    kept = np.isfinite(steps)
    slope, start = np.polyfit(batch_sizes[kept], (batch_sizes * steps)[kept], 1)
    return slope, start / slope


@wrong("the least S of the sweep isn't S_min", loses=ALL)
def nearest_to_twice_the_least(batch_sizes, steps):
    kept = np.isfinite(steps)
    sizes, steps = batch_sizes[kept], steps[kept]
    return steps.min(), sizes[np.argmin(np.abs(steps / steps.min() - 2))]


@wrong("B_crit is E_min/S_min", loses=ALL)
def least_examples_for_the_critical_size(batch_sizes, steps):
    from scipy.optimize import least_squares

    kept = np.isfinite(steps)
    sizes, logs = batch_sizes[kept], np.log(steps[kept])
    fit = least_squares(
        lambda p: p[0] + np.log1p(np.exp(p[1]) / sizes) - logs,
        [logs.min(), np.log(np.median(sizes))],
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-12,
    )
    return np.exp(fit.x[0]), np.exp(fit.x.sum())


@wrong("have changed places", loses=ALL)
def roles_swapped(batch_sizes, steps):
    from scipy.optimize import least_squares

    kept = np.isfinite(steps)
    sizes, logs = batch_sizes[kept], np.log(steps[kept])
    fit = least_squares(
        lambda p: p[0] + np.log1p(np.exp(p[1]) / sizes) - logs,
        [logs.min(), np.log(np.median(sizes))],
        xtol=1e-12,
        ftol=1e-12,
        gtol=1e-12,
    )
    return np.exp(fit.x[1]), np.exp(fit.x[0])


@wrong("leave it out", loses=["task6-visible", "task6-infinite"])
def infinite_rows_stay_in(batch_sizes, steps):
    from scipy.optimize import minimize_scalar

    logs = np.log(steps)
    if not np.isfinite(logs).all():
        return np.mean(logs), np.inf

    def cost(log_crit):
        return np.var(logs - np.log1p(np.exp(log_crit) / batch_sizes))

    grid = np.linspace(-3, 12, 151)
    start = grid[np.argmin([cost(log_crit) for log_crit in grid])]
    bounds = (start - 0.2, start + 0.2)
    best = minimize_scalar(cost, bounds=bounds, options={"xatol": 1e-11}).x
    return np.exp(np.mean(logs - np.log1p(np.exp(best) / batch_sizes))), np.exp(best)


@wrong("the two ends of the sweep", loses=ALL)
def ends_only(batch_sizes, steps):
    kept = np.isfinite(steps)
    sizes, steps = batch_sizes[kept], steps[kept]
    low, high = np.argmin(sizes), np.argmax(sizes)
    return steps[high], sizes[low] * steps[low] / steps[high]


@wrong("off by a relative error", loses=ALL)
def a_coarse_grid(batch_sizes, steps):
    kept = np.isfinite(steps)
    sizes, logs = batch_sizes[kept], np.log(steps[kept])
    # Powers of √2 hold 16, so exact data on (15, 16) don't show how coarse this is.
    grid = np.sqrt(2.0) ** np.arange(-2, 25)
    left = [logs - np.log1p(crit / sizes) for crit in grid]
    best = np.argmin([np.var(row) for row in left])
    return np.exp(np.mean(left[best])), grid[best]


@right
def search_in_one_number(batch_sizes, steps):
    kept = [i for i, s in enumerate(steps) if np.isfinite(s)]
    sizes, logs = np.array(batch_sizes)[kept], np.log(np.array(steps)[kept])

    def slope(log_crit):
        crit = np.exp(log_crit)
        left = logs - np.log1p(crit / sizes)
        return np.sum((left - left.mean()) * (crit / (sizes + crit)))

    grid = np.linspace(-4, 14, 2000)
    cost = [np.var(logs - np.log1p(np.exp(g) / sizes)) for g in grid]
    i = int(np.argmin(cost))
    low, high = grid[i - 1], grid[i + 1]
    sign = np.sign(slope(low))
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if np.sign(slope(middle)) == sign else (low, middle)
    crit = np.exp((low + high) / 2)
    return np.exp(np.mean(logs - np.log1p(crit / sizes))), crit


@right
def nelder_mead(batch_sizes, steps):
    from scipy.optimize import minimize

    kept = np.isfinite(steps)
    sizes, logs = batch_sizes[kept], np.log(steps[kept])
    start = [np.log(steps[kept].min()), np.log(sizes.mean())]

    def cost(p):
        return np.sum((logs - p[0] - np.log1p(np.exp(p[1]) / sizes)) ** 2)

    options = {"xatol": 1e-9, "fatol": 1e-16, "maxiter": 4000, "maxfev": 4000}
    best = minimize(cost, start, method="Nelder-Mead", options=options).x
    return np.exp(best)


@right
def gauss_newton(batch_sizes, steps):
    kept = np.isfinite(steps)
    inverse, logs = 1 / batch_sizes[kept], np.log(steps[kept])
    p = np.array([logs.min() - 0.1, -np.log(np.median(inverse))])
    damping = 1.0
    for _ in range(300):
        wave = np.exp(p[1]) * inverse
        left = logs - p[0] - np.log1p(wave)
        design = np.stack([np.ones(len(left)), wave / (1 + wave)], axis=1)
        move = np.linalg.solve(design.T @ design + damping * np.eye(2), design.T @ left)
        new = logs - p[0] - move[0] - np.log1p(np.exp(p[1] + move[1]) * inverse)
        if np.sum(new**2) <= np.sum(left**2):
            p, damping = p + move, damping / 3
        else:
            damping *= 4
    return [float(np.exp(p[0])), float(np.exp(p[1]))]
