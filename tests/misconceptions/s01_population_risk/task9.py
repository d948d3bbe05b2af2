"""Task 9: the first step that is best for fresh data."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE, STEP, EXCESS, LIMITS = "task9-visible", "task9-step", "task9-excess", "task9-limits"


@wrong("the minimiser of the training loss", loses=[VISIBLE, STEP, EXCESS, LIMITS])
def empirical_risk(mean, cov, n):
    return 1.0, 0.5 * np.trace(cov) / n


@wrong("n has no effect on the noise", loses=[VISIBLE, STEP])
def noise_of_one_example(mean, cov, n):
    signal, trace = mean @ mean, np.trace(cov)
    eta = signal / (signal + trace)
    return eta, 0.5 * ((1 - eta) ** 2 * signal + eta**2 * trace / n)


@wrong("the norm of m was not squared", loses=[VISIBLE, STEP, EXCESS])
def norm_not_squared(mean, cov, n):
    length, noise = np.linalg.norm(mean), np.trace(cov) / n
    eta = length / (length + noise)
    return eta, 0.5 * noise * eta


@wrong("added; the expected squared length", loses=[VISIBLE, STEP, EXCESS])
def every_covariance_added(mean, cov, n):
    signal, noise = mean @ mean, np.sum(cov) / n
    eta = signal / (signal + noise)
    return eta, 0.5 * noise * eta


@wrong("one minus the best step", loses=[VISIBLE, STEP, LIMITS])
def kept_for_gone(mean, cov, n):
    signal, noise = mean @ mean, np.trace(cov) / n
    eta = noise / (signal + noise)
    return eta, 0.5 * ((1 - eta) ** 2 * signal + eta**2 * noise)


@wrong("the loss has a ½", loses=[VISIBLE, EXCESS])
def no_half(mean, cov, n):
    signal, noise = mean @ mean, np.trace(cov) / n
    return signal / (signal + noise), noise * signal / (signal + noise)


@wrong("subtract what even θ = m pays", loses=[VISIBLE, EXCESS, LIMITS])
def risk_for_excess(mean, cov, n):
    signal, noise = mean @ mean, np.trace(cov) / n
    eta = signal / (signal + noise)
    return eta, 0.5 * noise * eta + 0.5 * np.trace(cov)


@wrong("over staying at 0", loses=[VISIBLE, EXCESS, LIMITS])
def gain_for_excess(mean, cov, n):
    signal, noise = mean @ mean, np.trace(cov) / n
    eta = signal / (signal + noise)
    return eta, 0.5 * signal * eta


@wrong("the full step η = 1", loses=[VISIBLE, EXCESS, LIMITS])
def excess_of_the_full_step(mean, cov, n):
    signal, noise = mean @ mean, np.trace(cov) / n
    return signal / (signal + noise), 0.5 * noise


@wrong("counts all directions equally", loses=[VISIBLE, STEP, EXCESS, LIMITS])
def whitened(mean, cov, n):
    signal = mean @ np.linalg.solve(cov, mean)
    eta = signal / (signal + len(mean) / n)
    return eta, 0.5 * np.trace(cov) / n * eta


@wrong("a mean of n has C/n", loses=[VISIBLE, STEP, EXCESS])
def lost_degree(mean, cov, n):
    signal, noise = mean @ mean, np.trace(cov) / (n - 1)
    return signal / (signal + noise), 0.5 * noise * signal / (signal + noise)


@wrong("against all of the signal", loses=[VISIBLE, STEP])
def half_of_the_noise(mean, cov, n):
    signal, noise = mean @ mean, np.trace(cov) / n
    eta = signal / (signal + noise / 2)
    return eta, 0.5 * ((1 - eta) ** 2 * signal + eta**2 * noise)


@wrong("ZeroDivisionError", loses=[LIMITS])
def divides_by_the_signal(mean, cov, n):
    eta = 1 / (1 + float(np.trace(cov)) / n / float(mean @ mean))
    return eta, 0.5 * float(np.trace(cov)) / n * eta


@right
def numerical_minimiser(mean, cov, n):
    from scipy.optimize import minimize_scalar

    def excess(eta):
        return 0.5 * np.sum(((1 - eta) * mean) ** 2) + 0.5 * eta**2 * np.trace(cov) / n

    found = minimize_scalar(excess)
    return found.x, found.fun


@right
def array_with_n_cleared(mean, cov, n):
    energy, trace = n * np.sum(np.asarray(mean) ** 2), np.linalg.eigvalsh(cov).sum()
    eta = energy / (energy + trace)
    return np.array([eta, 0.5 * (1 - eta) * np.sum(mean**2)])


@right
def line_through_two_slopes(mean, cov, n):
    # The derivative of the excess is a line in η: its zero from its values at 0 and 1.
    at_zero, at_one = -(mean @ mean), np.trace(cov) / n
    eta = at_zero / (at_zero - at_one)
    return eta, 0.5 * (1 - eta) ** 2 * (mean @ mean) + 0.5 * eta**2 * at_one
