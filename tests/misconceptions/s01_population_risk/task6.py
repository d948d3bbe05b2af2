"""Task 6: the gap that a fit to n examples will show."""

import numpy as np

from tests.misconceptions.bank import right, wrong

VISIBLE, MEASURED = "task6-visible", "task6-measured"
MANY, DIGITS, FEW = "task6-many", "task6-digits", "task6-few"


@wrong("this counts parameters", loses=[VISIBLE, MEASURED, MANY, DIGITS, FEW])
def parameters_over_n(grads, hessian, n):
    return grads.shape[1] / n


@wrong("this is half the gap", loses=[VISIBLE, MEASURED, MANY, DIGITS, FEW])
def excess_alone(grads, hessian, n):
    return np.trace(np.linalg.solve(hessian, np.cov(grads.T, ddof=0))) / (2 * n)


@wrong("the gradients weren't centred", loses=[VISIBLE, DIGITS, FEW])
def uncentred(grads, hessian, n):
    return np.trace(np.linalg.solve(hessian, grads.T @ grads / len(grads))) / n


@wrong("multiplies where it should divide", loses=[VISIBLE, MEASURED, MANY, DIGITS, FEW])
def inverse_left_out(grads, hessian, n):
    centred = grads - grads.mean(axis=0)
    return np.trace(hessian @ centred.T @ centred / len(grads)) / n


@wrong("only the diagonals were used", loses=[VISIBLE, MEASURED, MANY, DIGITS, FEW])
def diagonals(grads, hessian, n):
    return (grads.var(axis=0) / np.diag(hessian)).sum() / n


@wrong("take the trace of the product", loses=[VISIBLE, MEASURED, MANY, DIGITS, FEW])
def product_of_traces(grads, hessian, n):
    return np.trace(np.linalg.inv(hessian)) * grads.var(axis=0).sum() / n


@wrong("doesn't shrink with more training examples", loses=[VISIBLE, MEASURED, MANY, DIGITS, FEW])
def n_left_out(grads, hessian, n):
    centred = grads - grads.mean(axis=0)
    return np.trace(np.linalg.solve(hessian, centred.T @ centred / len(grads)))


@wrong("the size of the population", loses=[VISIBLE, MEASURED, MANY, DIGITS, FEW])
def population_for_training_set(grads, hessian, n):
    centred = grads - grads.mean(axis=0)
    return np.trace(np.linalg.solve(hessian, centred.T @ centred / len(grads))) / len(grads)


@wrong("not what that costs", loses=[VISIBLE, MEASURED, MANY, DIGITS, FEW])
def spread_of_the_fit(grads, hessian, n):
    centred = grads - grads.mean(axis=0)
    inverse = np.linalg.inv(hessian)
    return np.trace(inverse @ (centred.T @ centred / len(grads)) @ inverse) / n


@wrong("one trace was divided by the other", loses=[VISIBLE, MEASURED, MANY, DIGITS, FEW])
def ratio_of_traces(grads, hessian, n):
    return grads.var(axis=0).sum() / np.trace(hessian) / n


@wrong("draws without replacement", loses=[VISIBLE, MANY, DIGITS, FEW])
def finite_population_factor(grads, hessian, n):
    centred = grads - grads.mean(axis=0)
    trace = np.trace(np.linalg.solve(hessian, centred.T @ centred / len(grads)))
    return trace * (1 / n - 1 / len(grads))


@wrong("n − 1 was used below", loses=[VISIBLE, MANY, DIGITS, FEW])
def lost_degree_of_the_fit(grads, hessian, n):
    centred = grads - grads.mean(axis=0)
    return np.trace(np.linalg.solve(hessian, centred.T @ centred / len(grads))) / (n - 1)


@wrong("off by a relative error", loses=[VISIBLE, MEASURED, MANY, DIGITS, FEW])
def uncentred_and_half(grads, hessian, n):
    return np.trace(np.linalg.solve(hessian, grads.T @ grads / len(grads))) / (2 * n)


@wrong("all there is, not a sample", loses=[VISIBLE, FEW])
def sample_covariance(grads, hessian, n):
    centred = grads - grads.mean(axis=0)
    return np.trace(np.linalg.solve(hessian, centred.T @ centred / (len(grads) - 1))) / n


@wrong("expected a single number", loses=[VISIBLE, MEASURED, MANY, DIGITS, FEW])
def one_gap_per_parameter(grads, hessian, n):
    centred = grads - grads.mean(axis=0)
    return np.diag(np.linalg.solve(hessian, centred.T @ centred / len(grads))) / n


@right
def covariance_by_numpy(grads, hessian, n):
    return np.trace(np.linalg.inv(hessian) @ np.cov(grads.T, bias=True)) / n


@right
def complex_eigenvalues(grads, hessian, n):
    noise_cov = np.cov(grads.T, ddof=0)
    return (np.linalg.eigvals(np.linalg.solve(hessian, noise_cov)).astype(complex) / n).sum()


@right
def inverse_and_einsum(grads, hessian, n):
    centred = grads - np.mean(grads, axis=0, keepdims=True)
    return np.einsum("ia,ab,ib->", centred, np.linalg.inv(hessian), centred, optimize=True) / (
        len(grads) * n
    )


@right
def whitened_by_cholesky(grads, hessian, n):
    factor = np.linalg.cholesky(hessian)
    return np.asarray(np.linalg.solve(factor, np.transpose(grads)).var(axis=1).sum() / n)


@right
def second_moment_less_the_mean(grads, hessian, n):
    mean = grads.mean(axis=0)
    moment = grads.T @ grads / len(grads) - np.outer(mean, mean)
    return float((np.linalg.inv(hessian) * moment).sum()) / n
