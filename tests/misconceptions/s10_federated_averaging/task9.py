"""Task 9: the step size that hides all curvature."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "the two numbers must be opposite",
    loses=["task9-visible", "task9-step", "task9-even", "task9-odd"],
)
def half_the_step(curvatures, centres, weights, local_steps):
    eta = 1 / curvatures.sum()
    pulls = weights * (1 - (1 - eta * curvatures) ** local_steps)
    return eta, pulls @ centres / pulls.sum()


@wrong(
    "2 over the geometric mean", loses=["task9-visible", "task9-step", "task9-even", "task9-odd"]
)
def geometric_mean(curvatures, centres, weights, local_steps):
    eta = 2 / np.sqrt(curvatures[0] * curvatures[1])
    pulls = weights * (1 - (1 - eta * curvatures) ** local_steps)
    return eta, pulls @ centres / pulls.sum()


@wrong("at 1/max", loses=["task9-visible", "task9-step", "task9-even", "task9-odd"])
def one_step_for_the_steepest(curvatures, centres, weights, local_steps):
    eta = 1 / curvatures.max()
    pulls = weights * (1 - (1 - eta * curvatures) ** local_steps)
    return eta, pulls @ centres / pulls.sum()


@wrong("the weights play no part", loses=["task9-visible", "task9-step", "task9-even", "task9-odd"])
def weighted_mean(curvatures, centres, weights, local_steps):
    eta = 1 / (weights @ curvatures)
    pulls = weights * (1 - (1 - eta * curvatures) ** local_steps)
    return eta, pulls @ centres / pulls.sum()


@wrong("opposite numbers", loses=["task9-visible", "task9-step", "task9-even", "task9-odd"])
def difference(curvatures, centres, weights, local_steps):
    eta = 2 / abs(curvatures[0] - curvatures[1])
    pulls = weights * (1 - (1 - eta * curvatures) ** local_steps)
    return eta, pulls @ centres / pulls.sum()


@wrong("the 2 is there once", loses=["task9-visible", "task9-step", "task9-even", "task9-odd"])
def two_over_the_mean(curvatures, centres, weights, local_steps):
    eta = 2 / curvatures.mean()
    pulls = weights * (1 - (1 - eta * curvatures) ** local_steps)
    return eta, pulls @ centres / pulls.sum()


@wrong("this holds for even H", loses=["task9-visible", "task9-odd"])
def parity_ignored(curvatures, centres, weights, local_steps):
    return 2 / curvatures.sum(), weights @ centres


@wrong("the odd power has the other sign", loses=["task9-visible", "task9-odd"])
def odd_sign(curvatures, centres, weights, local_steps):
    eta = 2 / curvatures.sum()
    pulls = weights * (1 - (eta * curvatures - 1) ** local_steps)
    return eta, pulls @ centres / pulls.sum()


@wrong("here both counted alike", loses=["task9-visible", "task9-even", "task9-odd"])
def equal_weights(curvatures, centres, weights, local_steps):
    eta = 2 / curvatures.sum()
    pulls = 1 - (1 - eta * curvatures) ** local_steps
    return eta, pulls @ centres / pulls.sum()


@wrong("this is the minimiser of f", loses=["task9-visible", "task9-even", "task9-odd"])
def minimiser(curvatures, centres, weights, local_steps):
    pulls = weights * curvatures
    return 2 / curvatures.sum(), pulls @ centres / pulls.sum()


@wrong("divide by the sum of the pulls", loses=["task9-visible", "task9-even", "task9-odd"])
def not_divided(curvatures, centres, weights, local_steps):
    eta = 2 / curvatures.sum()
    return eta, (weights * (1 - (1 - eta * curvatures) ** local_steps)) @ centres


@wrong("the power is what remains", loses=["task9-visible", "task9-odd"])
def what_remains(curvatures, centres, weights, local_steps):
    eta = 2 / curvatures.sum()
    pulls = weights * (1 - eta * curvatures) ** local_steps
    return eta, pulls @ centres / pulls.sum()


@wrong("with H = 1 a round", loses=["task9-odd"])
def one_step_forgotten(curvatures, centres, weights, local_steps):
    eta = 2 / curvatures.sum()
    if local_steps == 1:
        return eta, weights @ centres
    pulls = weights * (1 - (1 - eta * curvatures) ** local_steps)
    return eta, pulls @ centres / pulls.sum()


@right
def by_rho(curvatures, centres, weights, local_steps):
    a, b = curvatures
    rho = (b - a) / (a + b)
    if local_steps % 2 == 0:
        return 2 / (a + b), weights[0] * centres[0] + weights[1] * centres[1]
    left, right = weights[0] * (1 - rho**local_steps), weights[1] * (1 + rho**local_steps)
    return 2 / (a + b), (left * centres[0] + right * centres[1]) / (left + right)


@right
def one_round_and_back(curvatures, centres, weights, local_steps):
    eta = 1 / np.mean(curvatures)

    def turn(theta):
        ends = theta + np.zeros(2)
        for _ in range(local_steps):
            ends = ends - eta * curvatures * (ends - centres)
        return weights @ ends

    return [eta, turn(0.0) / (1 - turn(1.0) + turn(0.0))]
