"""Task 9: heavy ball, its limit and its variance."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "η/(1 − β)",
    loses=["task9-visible", "task9-numeric", "task9-limit", "task9-variance", "task9-dampening"],
)
def sgd_with_a_larger_step(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening) / (1 - momentum)
    limit = 2 * (1 - momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    return limit, h * noise_var / (curvature * (2 - h * curvature))


@wrong("η/(1 − β)", loses=["task9-visible", "task9-numeric", "task9-variance"])
def sgd_with_a_larger_step_unguarded(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    h = h / (1 - momentum)
    return limit, h * noise_var / (curvature * (2 - h * curvature))


@wrong(
    "the step size is missing below the line",
    loses=["task9-visible", "task9-numeric", "task9-variance"],
)
def small_steps_only(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    below = curvature * (1 - momentum) * 2 * (1 + momentum)
    return limit, h * noise_var * (1 + momentum) / below


@wrong(
    "no momentum in it", loses=["task9-visible", "task9-numeric", "task9-variance", "task9-limit"]
)
def no_momentum_at_all(curvature, noise_var, step_size, momentum, dampening):
    momentum = 0.0
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return limit, h * noise_var * (1 + momentum) / below


@wrong(
    "this takes β for it",
    loses=[
        "task9-visible",
        "task9-numeric",
        "task9-variance",
        "task9-limit",
        "task9-dampening",
        "task9-beyond",
    ],
)
def exponential_average(curvature, noise_var, step_size, momentum, dampening):
    dampening = momentum
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return limit, h * noise_var * (1 + momentum) / below


@wrong("a factor 1 + β is missing", loses=["task9-visible", "task9-numeric", "task9-variance"])
def factor_missing_above(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return limit, h * noise_var / below


@wrong("have changed places", loses=["task9-visible", "task9-numeric", "task9-variance"])
def places_changed(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    below = curvature * (1 + momentum) * (2 * (1 - momentum) - h * curvature)
    return limit, h * noise_var * (1 - momentum) / below


@wrong("the standard deviation", loses=["task9-visible", "task9-numeric", "task9-variance"])
def standard_deviation(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return limit, np.sqrt(h * noise_var * (1 + momentum) / below)


@wrong("this is the excess loss", loses=["task9-visible", "task9-numeric", "task9-variance"])
def excess_loss(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return limit, h * noise_var * (1 + momentum) / below * curvature / 2


@wrong(
    "Nesterov's variant",
    loses=["task9-visible", "task9-numeric", "task9-variance", "task9-dampening"],
)
def nesterov(curvature, noise_var, step_size, momentum, dampening):
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    kept = 1 - dampening
    down = [kept * curvature, momentum]
    ahead = [momentum * down[0] + curvature, momentum**2]
    step = np.array([[1 - step_size * ahead[0], -step_size * ahead[1]], down])
    enters = np.array([-step_size * (momentum * kept + 1), kept])
    system = np.eye(4) - np.kron(step, step)
    return limit, np.linalg.solve(system, noise_var * np.kron(enters, enters))[0]


@wrong("the limit without momentum", loses=["task9-visible", "task9-limit", "task9-beyond"])
def limit_of_sgd(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return 2 / (curvature * (1 - dampening)), h
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return 2 / (curvature * (1 - dampening)), h * noise_var * (1 + momentum) / below


@wrong("where the two eigenvalues meet", loses=["task9-visible", "task9-limit"])
def where_eigenvalues_meet(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return (1 + momentum**0.5) ** 2 / (curvature * (1 - dampening)), np.inf
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return (1 + momentum**0.5) ** 2 / (curvature * (1 - dampening)), h * noise_var * (
        1 + momentum
    ) / below


@wrong("dampening isn't in it", loses=["task9-visible", "task9-limit", "task9-dampening"])
def dampening_ignored(curvature, noise_var, step_size, momentum, dampening):
    dampening = 0.0
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return limit, h * noise_var * (1 + momentum) / below


@wrong("not its noise alone", loses=["task9-visible", "task9-dampening"])
def dampening_on_the_noise_alone(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    h, noise_var = step_size, noise_var * (1 - dampening) ** 2
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return limit, h * noise_var * (1 + momentum) / below


@wrong("so it allows longer steps", loses=["task9-visible", "task9-limit"])
def dampening_in_the_limit_upside_down(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit * (1 - dampening) ** 2, np.inf
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return limit * (1 - dampening) ** 2, h * noise_var * (1 + momentum) / below


@wrong("the 2 is missing", loses=["task9-visible", "task9-limit"])
def two_missing_in_the_limit(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= 2 * limit:
        return limit, np.inf
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return limit, h * noise_var * (1 + momentum) / below


@wrong("one η is missing", loses=["task9-visible", "task9-numeric", "task9-variance"])
def noise_without_its_step_size(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    if step_size >= limit:
        return limit, np.inf
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return limit, noise_var * (1 + momentum) / below


@wrong("past the limit nothing settles", loses=["task9-beyond"])
def no_guard(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = 2 * (1 + momentum) / (curvature * (1 - dampening))
    below = curvature * (1 - momentum) * (2 * (1 + momentum) - h * curvature)
    return limit, h * noise_var * (1 + momentum) / below


@right
def from_the_two_moments(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    limit = (2 + 2 * momentum) / curvature / (1 - dampening)
    if step_size >= limit:
        return [limit, float("inf")]
    c = 1 + momentum - h * curvature
    # V = c²V + β²V − 2cβC + h²σ², and C = cV/(1 + β).
    kept = c**2 + momentum**2 - 2 * c**2 * momentum / (1 + momentum)
    return [limit, h**2 * noise_var / (1 - kept)]


@right
def companion_matrix(curvature, noise_var, step_size, momentum, dampening):
    h = step_size * (1 - dampening)
    step = np.array([[1 + momentum - h * curvature, -momentum], [1.0, 0.0]])
    limit = 2 * (1 + momentum) / curvature / (1 - dampening)
    if np.abs(np.linalg.eigvals(step)).max() >= 1:
        return np.array([limit, np.inf])
    total, power = h**2 * noise_var * np.diag([1.0, 0.0]), step
    for _ in range(40):
        total, power = total + power @ total @ power.T, power @ power
    return np.array([limit, total[0, 0]])
