"""Task 4: control variate with a coefficient from a pilot."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "c E h isn't added back",
    loses=["task4-visible", "task4-numeric", "task4-estimate"],
)
def mean_not_added_back(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    hh = (b * b).sum()
    c = (a * b).sum() / hh if hh > 0 else 0.0
    return c, (g - c * h).mean(axis=0), 1 - c * (a * b).sum() / (a * a).sum()


@wrong(
    "it adds noise here",
    loses=["task4-visible", "task4-numeric", "task4-estimate"],
)
def plus_instead_of_minus(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    hh = (b * b).sum()
    c = (a * b).sum() / hh if hh > 0 else 0.0
    return c, (g + c * (h - h_mean)).mean(axis=0), 1 - c * (a * b).sum() / (a * a).sum()


@wrong(
    "h's own batch mean is no known mean",
    loses=["task4-visible", "task4-numeric", "task4-estimate"],
)
def batch_mean_of_h_for_its_mean(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    hh = (b * b).sum()
    c = (a * b).sum() / hh if hh > 0 else 0.0
    estimate = (g - c * (h - h.mean(axis=0))).mean(axis=0)
    return c, estimate, 1 - c * (a * b).sum() / (a * a).sum()


@wrong(
    "the pilot's mean is only near it",
    loses=["task4-visible", "task4-estimate"],
)
def pilot_mean_of_h_for_its_mean(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    hh = (b * b).sum()
    c = (a * b).sum() / hh if hh > 0 else 0.0
    estimate = (g - c * (h - pilot_h.mean(axis=0))).mean(axis=0)
    return c, estimate, 1 - c * (a * b).sum() / (a * a).sum()


@wrong(
    "your c was found, but not used", loses=["task4-numeric", "task4-estimate", "task4-constant"]
)
def subtracts_with_one(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    hh = (b * b).sum()
    c = (a * b).sum() / hh if hh > 0 else 0.0
    return c, (g - (h - h_mean)).mean(axis=0), 1 - c * (a * b).sum() / (a * a).sum()


@wrong(
    "c is 0 or 1 here, fixed or cut off",
    loses=["task4-numeric", "task4-coefficient", "task4-constant"],
)
def coefficient_one(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    hh = (b * b).sum()
    rho2 = (a * b).sum() ** 2 / (a * a).sum() / hh if hh > 0 else 0.0
    return 1.0, (g - (h - h_mean)).mean(axis=0), 1 - rho2


@wrong("c is 0 or 1 here, fixed or cut off", loses=["task4-coefficient"])
def clipped_to_the_unit_interval(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    gg, gh, hh = (a * a).sum(), (a * b).sum(), (b * b).sum()
    c = min(max(gh / hh, 0.0), 1.0) if hh > 0 else 0.0
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - gh**2 / gg / hh if hh > 0 else 1.0


@wrong("c has a sign", loses=["task4-coefficient"])
def coefficient_without_its_sign(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    gg, gh, hh = (a * a).sum(), (a * b).sum(), (b * b).sum()
    c = abs(gh) / hh if hh > 0 else 0.0
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - gh**2 / gg / hh if hh > 0 else 1.0


@wrong("c is 0 only if none varies", loses=["task4-coefficient"])
def zero_for_any_constant_coordinate(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    gg, gh, hh = (a * a).sum(), (a * b).sum(), (b * b).sum()
    if (pilot_h.var(axis=0) == 0).any():
        return 0.0, g.mean(axis=0), 1.0
    return gh / hh, (g - gh / hh * (h - h_mean)).mean(axis=0), 1 - gh**2 / gg / hh


@wrong(
    "centre the pilot on its own means",
    loses=["task4-visible", "task4-coefficient", "task4-multiplier"],
)
def pilot_centred_on_the_exact_mean(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - h_mean
    gg, gh, hh = (a * a).sum(), (a * b).sum(), (b * b).sum()
    c = gh / hh
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - c * gh / gg


@wrong("divide by the variance of h, not of g", loses=["task4-numeric", "task4-coefficient"])
def slope_of_h_on_g(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    gg, gh, hh = (a * a).sum(), (a * b).sum(), (b * b).sum()
    c = gh / gg
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - gh**2 / gg / hh if hh > 0 else 1.0


@wrong("this is the correlation", loses=["task4-numeric", "task4-coefficient"])
def correlation_for_slope(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    gg, gh, hh = (a * a).sum(), (a * b).sum(), (b * b).sum()
    c = gh / np.sqrt(gg * hh) if hh > 0 else 0.0
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - c**2


@wrong(
    "the means weren't taken off",
    loses=["task4-coefficient", "task4-multiplier", "task4-constant"],
)
def uncentred(pilot_g, pilot_h, g, h, h_mean):
    gg, gh, hh = (pilot_g**2).sum(), (pilot_g * pilot_h).sum(), (pilot_h**2).sum()
    c = gh / hh
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - gh**2 / gg / hh


@wrong(
    "a c from the batch itself",
    loses=["task4-numeric", "task4-coefficient", "task4-constant"],
)
def fitted_on_its_own_batch(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    u, v = g - g.mean(axis=0), h - h.mean(axis=0)
    c, hh = (u * v).sum() / (v * v).sum(), (b * b).sum()
    rho2 = (a * b).sum() ** 2 / (a * a).sum() / hh if hh > 0 else 0.0
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - rho2


@wrong("divided by M and the other by M − 1", loses=["task4-visible", "task4-coefficient"])
def two_divisors(pilot_g, pilot_h, g, h, h_mean):
    d = pilot_g.shape[1]
    gh = sum(np.cov(pilot_g[:, k], pilot_h[:, k])[0, 1] for k in range(d))
    gg, hh = pilot_g.var(axis=0).sum(), pilot_h.var(axis=0).sum()
    c = gh / hh if hh > 0 else 0.0
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    rho2 = np.mean(a * b) ** 2 * d**2 / gg / hh if hh > 0 else 0.0
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - rho2


@wrong("the slopes of the coordinates were averaged", loses=["task4-coefficient"])
def mean_of_slopes(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    hh = (b * b).sum()
    c = ((a * b).sum(axis=0) / (b * b).sum(axis=0)).mean() if hh > 0 else 0.0
    rho2 = (a * b).sum() ** 2 / (a * a).sum() / hh if hh > 0 else 0.0
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - rho2


@wrong(
    "value 1 of 3: expected a single number",
    loses=["task4-visible", "task4-coefficient", "task4-estimate"],
)
def a_slope_for_each_coordinate(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    hh = (b * b).sum()
    if hh == 0:
        return 0.0, g.mean(axis=0), 1.0
    c = (a * b).sum(axis=0) / (b * b).sum(axis=0)
    rho2 = (a * b).sum() ** 2 / (a * a).sum() / hh
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - rho2


@wrong(
    "the multiplier is what stays",
    loses=["task4-visible", "task4-numeric", "task4-multiplier", "task4-constant"],
)
def share_that_goes(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    hh = (b * b).sum()
    c = (a * b).sum() / hh if hh > 0 else 0.0
    return c, (g - c * (h - h_mean)).mean(axis=0), c * (a * b).sum() / (a * a).sum()


@wrong("the correlation enters squared", loses=["task4-numeric", "task4-multiplier"])
def correlation_not_squared(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    gg, gh, hh = (a * a).sum(), (a * b).sum(), (b * b).sum()
    c, rho = (gh / hh, gh / np.sqrt(gg * hh)) if hh > 0 else (0.0, 0.0)
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - rho


@wrong("multiplier of the standard deviation", loses=["task4-numeric", "task4-multiplier"])
def standard_deviation(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    gg, gh, hh = (a * a).sum(), (a * b).sum(), (b * b).sum()
    c, rho2 = (gh / hh, gh**2 / gg / hh) if hh > 0 else (0.0, 0.0)
    return c, (g - c * (h - h_mean)).mean(axis=0), np.sqrt(max(1 - rho2, 0.0))


@wrong("there is a nan", loses=["task4-constant"])
def nothing_for_a_constant_h(pilot_g, pilot_h, g, h, h_mean):
    a, b = pilot_g - pilot_g.mean(axis=0), pilot_h - pilot_h.mean(axis=0)
    with np.errstate(invalid="ignore"):
        c = (a * b).sum() / (b * b).sum()
    return c, (g - c * (h - h_mean)).mean(axis=0), 1 - c * (a * b).sum() / (a * a).sum()


@right
def from_one_big_covariance(pilot_g, pilot_h, g, h, h_mean):
    d = pilot_g.shape[1]
    joint = np.cov(pilot_g, pilot_h, rowvar=False)
    gg, gh, hh = (np.trace(part) for part in (joint[:d, :d], joint[:d, d:], joint[d:, d:]))
    if hh == 0:
        return np.float64(0), list(np.mean(g, axis=0)), np.array(1.0)
    c = gh / hh
    shifted = [gi - c * (hi - h_mean) for gi, hi in zip(g, h, strict=True)]
    return (
        np.float64(c),
        list(np.mean(shifted, axis=0)),
        np.array((gg - 2 * c * gh + c * c * hh) / gg),
    )


@right
def loop_over_coordinates(pilot_g, pilot_h, g, h, h_mean):
    gg = gh = hh = 0.0
    for k in range(pilot_g.shape[1]):
        x = pilot_g[:, k] - sum(pilot_g[:, k]) / len(pilot_g)
        y = pilot_h[:, k] - sum(pilot_h[:, k]) / len(pilot_h)
        gg, gh, hh = gg + x @ x, gh + x @ y, hh + y @ y
    c = 0.0 if np.allclose(pilot_h, pilot_h[0]) else gh / hh
    left = 1.0 if c == 0 else 1 - gh * gh / (gg * hh)
    return float(c), c * h_mean + (g - c * h).mean(axis=0), float(left)
