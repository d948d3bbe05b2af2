"""Task 4: the bill of a run whose batch size changes."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

BOTH = ["task4-visible", "task4-steps", "task4-examples"]


@wrong("takes one step even without noise", loses=BOTH)
def noise_only(noise_path, batch_sizes, step_price):
    pieces = noise_path / batch_sizes
    return pieces.sum(), (pieces * batch_sizes).sum(), np.sqrt(step_price * noise_path)


@wrong("B and 𝓑 have changed places", loses=BOTH)
def roles_swapped(noise_path, batch_sizes, step_price):
    pieces = 1 + batch_sizes / noise_path
    return pieces.sum(), (pieces * batch_sizes).sum(), np.sqrt(step_price * noise_path)


@wrong("a bill adds them up", loses=BOTH)
def mean_of_the_pieces(noise_path, batch_sizes, step_price):
    pieces = 1 + noise_path / batch_sizes
    return pieces.mean(), (pieces * batch_sizes).mean(), np.sqrt(step_price * noise_path)


@wrong("one mean batch size was used", loses=["task4-visible", "task4-steps"])
def one_mean_batch_size(noise_path, batch_sizes, step_price):
    # The examples come out right all the same: T times the mean is the sum.
    size = np.mean(batch_sizes)
    steps = np.sum(1 + noise_path / size)
    return steps, steps * size, np.sqrt(step_price * noise_path)


@wrong("isn't S times a mean batch size", loses=["task4-visible", "task4-examples"])
def steps_times_mean_size(noise_path, batch_sizes, step_price):
    steps = np.sum(1 + noise_path / batch_sizes)
    return steps, steps * np.mean(batch_sizes), np.sqrt(step_price * noise_path)


@wrong("the last noise scale", loses=BOTH)
def last_noise_scale(noise_path, batch_sizes, step_price):
    pieces = 1 + noise_path[-1] / batch_sizes
    return pieces.sum(), (pieces * batch_sizes).sum(), np.sqrt(step_price * noise_path)


@wrong("the first batch size", loses=BOTH)
def first_batch_size(noise_path, batch_sizes, step_price):
    pieces = 1 + noise_path / batch_sizes[0]
    return pieces.sum(), (pieces * batch_sizes[0]).sum(), np.sqrt(step_price * noise_path)


@wrong("worths added up", loses=BOTH)
def worths_for_steps(noise_path, batch_sizes, step_price):
    pieces = 1 / (1 + noise_path / batch_sizes)
    return pieces.sum(), (pieces * batch_sizes).sum(), np.sqrt(step_price * noise_path)


@wrong("the price doesn't enter it", loses=["task4-visible", "task4-best"])
def batch_equals_noise_scale(noise_path, batch_sizes, step_price):
    pieces = 1 + noise_path / batch_sizes
    return pieces.sum(), (pieces * batch_sizes).sum(), noise_path * 1.0


@wrong("the price is in steps against examples", loses=["task4-visible", "task4-best"])
def price_turned_round(noise_path, batch_sizes, step_price):
    pieces = 1 + noise_path / batch_sizes
    return pieces.sum(), (pieces * batch_sizes).sum(), np.sqrt(noise_path / step_price)


@wrong("one batch size for each piece", loses=["task4-visible", "task4-best"])
def one_size_for_all(noise_path, batch_sizes, step_price):
    pieces = 1 + noise_path / batch_sizes
    best = np.full(len(noise_path), np.sqrt(step_price * noise_path.mean()))
    return pieces.sum(), (pieces * batch_sizes).sum(), best


@wrong("the root is missing", loses=["task4-visible", "task4-best"])
def no_root(noise_path, batch_sizes, step_price):
    pieces = 1 + noise_path / batch_sizes
    return pieces.sum(), (pieces * batch_sizes).sum(), step_price * noise_path


@wrong("these are the full-batch steps", loses=BOTH)
def full_batch_steps(noise_path, batch_sizes, step_price):
    return float(len(noise_path)), np.sum(batch_sizes), np.sqrt(step_price * noise_path)


@wrong("the noisy part is missing", loses=["task4-visible", "task4-examples"])
def one_batch_a_piece(noise_path, batch_sizes, step_price):
    pieces = 1 + noise_path / batch_sizes
    return pieces.sum(), batch_sizes.sum(), np.sqrt(step_price * noise_path)


@wrong("run the wrong way", loses=["task4-visible", "task4-best"])
def smaller_batches_for_more_noise(noise_path, batch_sizes, step_price):
    pieces = 1 + noise_path / batch_sizes
    best = np.mean(noise_path) * np.sqrt(step_price / noise_path)
    return pieces.sum(), (pieces * batch_sizes).sum(), best


@right
def a_loop(noise_path, batch_sizes, step_price):
    steps, examples, best = 0.0, 0.0, []
    for noise, size in zip(noise_path, batch_sizes, strict=True):
        steps += (size + noise) / size
        examples += size + noise
        best.append(float(step_price * noise) ** 0.5)
    return steps, examples, best


@right
def by_search(noise_path, batch_sizes, step_price):
    sizes, noise = np.array(batch_sizes, dtype=float), np.array(noise_path, dtype=float)
    low, high = np.full(len(noise), 1e-3), np.full(len(noise), 1e7)
    for _ in range(80):
        middle = np.sqrt(low * high)
        rising = 1 - step_price * noise / middle**2 > 0
        low, high = np.where(rising, low, middle), np.where(rising, middle, high)
    return len(noise) + np.sum(noise / sizes), np.sum(sizes) + np.sum(noise), low
