"""Task 9: the step size that is best for fresh data, after several steps."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE, STEP, EXCESS, LIMITS = "task9-visible", "task9-step", "task9-excess", "task9-limits"


@wrong("the minimiser of the training loss", loses=[VISIBLE, STEP, EXCESS, LIMITS])
def empirical_risk(mean, cov, n, n_steps):
    return 1.0, 0.5 * np.trace(cov) / n


@wrong("the best size of a single step", loses=[VISIBLE, STEP, EXCESS])
def best_first_step(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    eta = signal / (signal + noise)
    return eta, 0.5 * noise * eta


@wrong("that of a single step", loses=[VISIBLE, EXCESS])
def excess_of_one_step(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    eta = 1 - (noise / (signal + noise)) ** (1 / n_steps)
    return eta, 0.5 * (1 - eta) ** 2 * signal + 0.5 * eta**2 * noise


@wrong("cut into t equal parts", loses=[VISIBLE, STEP])
def equal_parts(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    eta = signal / (signal + noise) / n_steps
    gone = 1 - (1 - eta) ** n_steps
    return eta, 0.5 * (1 - gone) ** 2 * signal + 0.5 * gone**2 * noise


@wrong("the root was taken of the share gone", loses=[VISIBLE, STEP])
def root_of_the_share_gone(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    eta = (signal / (signal + noise)) ** (1 / n_steps)
    left = (1 - eta) ** n_steps
    return eta, 0.5 * left**2 * signal + 0.5 * (1 - left) ** 2 * noise


@wrong("what one step leaves of the way", loses=[VISIBLE, STEP, LIMITS])
def left_for_gone(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    eta = (noise / (signal + noise)) ** (1 / n_steps)
    left = (1 - eta) ** n_steps
    return eta, 0.5 * left**2 * signal + 0.5 * (1 - left) ** 2 * noise


@wrong("jumps over the goal", loses=[VISIBLE, STEP, EXCESS, LIMITS])
def the_other_root(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    left = noise / (signal + noise)
    return 1 + left ** (1 / n_steps), 0.5 * noise * (1 - left)


@wrong("are exchanged", loses=[VISIBLE, STEP, LIMITS])
def noise_followed(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    left = signal / (signal + noise)
    excess = 0.5 * left**2 * signal + 0.5 * (1 - left) ** 2 * noise
    return 1 - left ** (1 / n_steps), excess


@wrong("n has no effect on the noise", loses=[VISIBLE, STEP])
def noise_of_one_example(mean, cov, n, n_steps):
    signal, trace = mean @ mean, np.trace(cov)
    left = trace / (signal + trace)
    excess = 0.5 * left**2 * signal + 0.5 * (1 - left) ** 2 * trace / n
    return 1 - left ** (1 / n_steps), excess


@wrong("the norm of m was not squared", loses=[VISIBLE, STEP, EXCESS])
def norm_not_squared(mean, cov, n, n_steps):
    length, noise = np.linalg.norm(mean), np.trace(cov) / n
    left = noise / (length + noise)
    return 1 - left ** (1 / n_steps), 0.5 * noise * (1 - left)


@wrong("added; the expected squared length", loses=[VISIBLE, STEP, EXCESS])
def every_covariance_added(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.sum(cov) / n
    left = noise / (signal + noise)
    return 1 - left ** (1 / n_steps), 0.5 * noise * (1 - left)


@wrong("counts all directions equally", loses=[VISIBLE, STEP, EXCESS, LIMITS])
def whitened(mean, cov, n, n_steps):
    signal = mean @ np.linalg.solve(cov, mean)
    left = len(mean) / n / (signal + len(mean) / n)
    return 1 - left ** (1 / n_steps), 0.5 * np.trace(cov) / n * (1 - left)


@wrong("a mean of n has C/n", loses=[VISIBLE, STEP, EXCESS])
def lost_degree(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / (n - 1)
    left = noise / (signal + noise)
    return 1 - left ** (1 / n_steps), 0.5 * noise * (1 - left)


@wrong("against all of the signal", loses=[VISIBLE, STEP])
def half_of_the_noise(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    left = noise / 2 / (signal + noise / 2)
    return 1 - left ** (1 / n_steps), 0.5 * left**2 * signal + 0.5 * (1 - left) ** 2 * noise


@wrong("the loss has a ½", loses=[VISIBLE, EXCESS])
def no_half(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    left = noise / (signal + noise)
    return 1 - left ** (1 / n_steps), noise * (1 - left)


@wrong("subtract what even θ = m pays", loses=[VISIBLE, EXCESS, LIMITS])
def risk_for_excess(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    left = noise / (signal + noise)
    return 1 - left ** (1 / n_steps), 0.5 * noise * (1 - left) + 0.5 * np.trace(cov)


@wrong("over staying at 0", loses=[VISIBLE, EXCESS, LIMITS])
def gain_for_excess(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    left = noise / (signal + noise)
    return 1 - left ** (1 / n_steps), 0.5 * signal * (1 - left)


@wrong("the full step η = 1", loses=[VISIBLE, EXCESS, LIMITS])
def excess_of_the_full_step(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    return 1 - (noise / (signal + noise)) ** (1 / n_steps), 0.5 * noise


@wrong("the noise's part alone", loses=[VISIBLE, EXCESS])
def noise_alone(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    left = noise / (signal + noise)
    return 1 - left ** (1 / n_steps), 0.5 * noise * (1 - left) ** 2


@wrong("the noise is missing", loses=[VISIBLE, EXCESS])
def signal_alone(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    left = noise / (signal + noise)
    return 1 - left ** (1 / n_steps), 0.5 * signal * left**2


@wrong("any step follows noise", loses=[LIMITS])
def always_a_step(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    if signal == 0:
        return 1.0, 0.0
    left = noise / (signal + noise)
    return 1 - left ** (1 / n_steps), 0.5 * noise * (1 - left)


@wrong("ZeroDivisionError", loses=[LIMITS])
def divides_by_the_signal(mean, cov, n, n_steps):
    noise = float(np.trace(cov)) / n
    gone = 1 / (1 + noise / float(mean @ mean))
    return 1 - (1 - gone) ** (1 / n_steps), 0.5 * noise * gone


@right
def numerical_minimiser(mean, cov, n, n_steps):
    from scipy.optimize import minimize_scalar

    def excess(eta):
        left = (1 - eta) ** n_steps
        return 0.5 * np.sum(((1 - left) * mean - mean) ** 2) + 0.5 * (1 - left) ** 2 * (
            np.trace(cov) / n
        )

    if not mean.any():
        return 0, 0
    found = minimize_scalar(excess, bounds=(0, 1), options={"xatol": 1e-10})
    return found.x, found.fun


@right
def steps_taken_one_by_one(mean, cov, n, n_steps):
    from scipy.optimize import brentq

    energy, trace = np.sum(np.asarray(mean) ** 2), np.linalg.eigvalsh(cov).sum() / n

    def way(eta):
        theta = 0.0
        for _ in range(n_steps):
            theta = theta - eta * (theta - 1.0)
        return theta

    best = energy / (energy + trace)
    eta = brentq(lambda eta: way(eta) - best, 0.0, 1.0, xtol=1e-14)
    return np.array([eta, 0.5 * (1 - best) * energy])


@right
def logarithm_of_what_is_left(mean, cov, n, n_steps):
    signal, noise = mean @ mean, np.trace(cov) / n
    with np.errstate(divide="ignore"):
        eta = -np.expm1((np.log(noise) - np.log(signal + noise)) / n_steps)
    return [eta, 0.5 * noise * signal / (signal + noise)]
