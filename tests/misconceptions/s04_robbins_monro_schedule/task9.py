"""Task 9: the best cooldown from stationarity."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

STEPS = ["task9-visible", "task9-numeric", "task9-steps"]


@wrong("still the old one", loses=["task9-visible", "task9-steps"])
def first_step_unchanged(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    V = noise_var / (a**2 * h)
    out, steps = [V], [step_size]
    steps += [1 / (a * (t + h + 1)) for t in range(n_steps - 1)]
    for e in steps:
        V = (1 - a * e) ** 2 * V + e**2 * noise_var
        out.append(V)
    return np.array(steps), np.array(out), int(np.ceil(h * (1 / share - 1)))


@wrong("one too late in their sequence", loses=["task9-visible", "task9-steps"])
def sequence_one_late(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    V = noise_var / (a**2 * h)
    out, steps = [V], [1 / (a * (t + h + 2)) for t in range(n_steps)]
    for e in steps:
        V = (1 - a * e) ** 2 * V + e**2 * noise_var
        out.append(V)
    return np.array(steps), np.array(out), int(np.ceil(h * (1 / share - 1)))


@wrong("1/(at) from t = 1", loses=["task9-visible", "task9-steps"])
def forgets_the_start(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    V = noise_var / (a**2 * h)
    out, steps = [V], [1 / (a * (t + 1)) for t in range(n_steps)]
    for e in steps:
        V = (1 - a * e) ** 2 * V + e**2 * noise_var
        out.append(V)
    return np.array(steps), np.array(out), int(np.ceil(h * (1 / share - 1)))


@wrong("a straight line to zero", loses=STEPS)
def straight_line(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    V = noise_var / (a**2 * h)
    out, steps = [V], [step_size * (1 - t / n_steps) for t in range(n_steps)]
    for e in steps:
        V = (1 - a * e) ** 2 * V + e**2 * noise_var
        out.append(V)
    return np.array(steps), np.array(out), int(np.ceil(h * (1 / share - 1)))


@wrong("isn't halved again and again", loses=STEPS)
def halving(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    V = noise_var / (a**2 * h)
    out, steps = [V], [step_size / 2 ** (t + 1) for t in range(n_steps)]
    for e in steps:
        V = (1 - a * e) ** 2 * V + e**2 * noise_var
        out.append(V)
    return np.array(steps), np.array(out), int(np.ceil(h * (1 / share - 1)))


@wrong(
    "for small η only",
    loses=["task9-visible", "task9-steps", "task9-variance", "task9-needed"],
)
def small_step_variance(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size)
    ages = h + np.arange(n_steps + 1)
    return 1 / (a * ages[1:]), noise_var / (a**2 * ages), int(np.ceil(h * (1 / share - 1)))


@wrong("before any cooldown", loses=["task9-visible", "task9-variance"])
def variance_one_late(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    ages = h + 1 + np.arange(n_steps + 1)
    V = noise_var / (a**2 * ages)
    return 1 / (a * ages[:-1]), V, int(np.ceil(h * (1 / share - 1)))


@wrong("its root was used", loses=["task9-visible", "task9-numeric", "task9-variance"])
def deviation_for_variance(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    ages = h + np.arange(n_steps + 1)
    V = np.sqrt(noise_var) / (a**2 * ages)
    return 1 / (a * ages[1:]), V, int(np.ceil(h * (1 / share - 1)))


@wrong("so round up", loses=["task9-visible", "task9-needed"])
def rounded_down(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    ages = h + np.arange(n_steps + 1)
    return 1 / (a * ages[1:]), noise_var / (a**2 * ages), int(h * (1 / share - 1))


@wrong("take them off", loses=["task9-visible", "task9-needed"])
def counted_from_nothing(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    ages = h + np.arange(n_steps + 1)
    return 1 / (a * ages[1:]), noise_var / (a**2 * ages), int(np.ceil(h / share))


@wrong("each halving takes twice as long", loses=["task9-visible", "task9-needed"])
def every_halving_alike(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    ages = h + np.arange(n_steps + 1)
    needed = int(np.ceil(h * np.log2(1 / share)))
    return 1 / (a * ages[1:]), noise_var / (a**2 * ages), needed


@wrong("the excess loss aV/2, not V", loses=["task9-visible", "task9-numeric", "task9-variance"])
def excess_loss_for_V(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    ages = h + np.arange(n_steps + 1)
    return 1 / (a * ages[1:]), noise_var / (2 * a * ages), int(np.ceil(h * (1 / share - 1)))


@wrong("one step too many", loses=["task9-visible", "task9-needed"])
def start_counted_as_a_step(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    ages = h + np.arange(n_steps + 1)
    needed = int(np.ceil(h * (1 / share - 1))) + 1
    return 1 / (a * ages[1:]), noise_var / (a**2 * ages), needed


@wrong("look beyond the V that you return", loses=["task9-visible", "task9-needed"])
def looks_in_the_returned_v(a, noise_var, step_size, n_steps, share):
    ages = 2 / (a * step_size) - 1 + np.arange(n_steps + 1)
    V = noise_var / (a**2 * ages)
    return 1 / (a * ages[1:]), V, int(np.argmax(V <= share * V[0]))


@wrong("the number was cut off at n", loses=["task9-visible", "task9-needed"])
def cut_off_at_n(a, noise_var, step_size, n_steps, share):
    h = 2 / (a * step_size) - 1
    ages = h + np.arange(n_steps + 1)
    needed = min(n_steps, int(np.ceil(h * (1 / share - 1))))
    return 1 / (a * ages[1:]), noise_var / (a**2 * ages), needed


@right
def rolled(a, noise_var, step_size, n_steps, share):
    V = step_size * noise_var / (a * (2 - a * step_size))
    steps, path, needed = [], [V], 0
    while needed < n_steps or path[-1] > share * path[0] * (1 + 1e-12):
        eta = a * path[-1] / (a**2 * path[-1] + noise_var)
        steps.append(eta)
        path.append((1 - a * eta) ** 2 * path[-1] + eta**2 * noise_var)
        needed += 1
    first = int(np.argmax(np.array(path) <= share * path[0] * (1 + 1e-12)))
    return np.array(steps[:n_steps]), np.array(path[: n_steps + 1]), first


@right
def by_precision(a, noise_var, step_size, n_steps, share):
    keep = (1 - a * step_size) ** 2
    gain = a * a / noise_var
    precision = (1 - keep) / (step_size**2 * noise_var) + gain * np.arange(n_steps + 1)
    V = 1 / precision
    steps = a * V[:-1] / (a * a * V[:-1] + noise_var)
    return list(steps), list(V), int(np.ceil(precision[0] * (1 / share - 1) / gain - 1e-9))
