"""Task 3: signal and noise from squared norms at two batch sizes."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

ALL = ["task3-visible", "task3-signal", "task3-noise", "task3-negative", "task3-mean"]


@wrong(
    "tr Σ/B is still in its squared norm",
    loses=["task3-visible", "task3-signal", "task3-negative", "task3-mean"],
)
def large_batch_is_signal(small_sq, big_sq, b, B):
    return big_sq + 0.0, (small_sq - big_sq) / (1 / b - 1 / B)


@wrong("b and B have changed places", loses=ALL)
def sizes_swapped(small_sq, big_sq, b, B):
    noise = (small_sq - big_sq) / (1 / B - 1 / b)
    return (B * small_sq - b * big_sq) / (B - b), noise


@wrong("divides by B − b", loses=["task3-visible", "task3-noise", "task3-negative", "task3-mean"])
def noise_over_the_difference_of_sizes(small_sq, big_sq, b, B):
    return (B * big_sq - b * small_sq) / (B - b), (small_sq - big_sq) / (B - b)


@wrong("q has some of it too", loses=ALL)
def large_batch_has_no_noise(small_sq, big_sq, b, B):
    return big_sq + 0.0, b * (small_sq - big_sq)


@wrong("takes the large batch's place", loses=ALL)
def large_size_for_the_small(small_sq, big_sq, b, B):
    noise = B * (small_sq - big_sq)
    return big_sq - noise / B, noise


@wrong("the root was taken", loses=ALL)
def roots_first(small_sq, big_sq, b, B):
    p, q = np.sqrt(small_sq), np.sqrt(big_sq)
    return (B * q - b * p) / (B - b), (p - q) / (1 / b - 1 / B)


@wrong("squared once more", loses=ALL)
def squared_again(small_sq, big_sq, b, B):
    p, q = small_sq**2, big_sq**2
    return (B * q - b * p) / (B - b), (p - q) / (1 / b - 1 / B)


@wrong(
    "cut it off and the mean is too high",
    loses=["task3-visible", "task3-negative", "task3-mean"],
)
def cut_off_at_zero(small_sq, big_sq, b, B):
    signal = (B * big_sq - b * small_sq) / (B - b)
    return np.maximum(signal, 0), np.maximum((small_sq - big_sq) / (1 / b - 1 / B), 0)


@wrong("its sign is gone", loses=["task3-visible", "task3-negative", "task3-mean"])
def absolute_values(small_sq, big_sq, b, B):
    return abs((B * big_sq - b * small_sq) / (B - b)), abs((small_sq - big_sq) / (1 / b - 1 / B))


@wrong(
    "the small batch has the longer gradient",
    loses=["task3-visible", "task3-noise", "task3-negative", "task3-mean"],
)
def sign_of_the_noise(small_sq, big_sq, b, B):
    return (B * big_sq - b * small_sq) / (B - b), (big_sq - small_sq) / (1 / b - 1 / B)


@wrong(
    "one example's is asked for",
    loses=["task3-visible", "task3-noise", "task3-negative", "task3-mean"],
)
def noise_of_the_large_batch(small_sq, big_sq, b, B):
    return (B * big_sq - b * small_sq) / (B - b), (small_sq - big_sq) / (B / b - 1)


@wrong(
    "takes the small batch's noise off the large",
    loses=["task3-visible", "task3-signal", "task3-negative", "task3-mean"],
)
def noise_of_the_wrong_batch(small_sq, big_sq, b, B):
    noise = (small_sq - big_sq) / (1 / b - 1 / B)
    return big_sq - noise / b, noise


@wrong(
    "one mean over the steps",
    loses=["task3-visible", "task3-signal", "task3-noise", "task3-negative"],
)
def averaged_over_steps(small_sq, big_sq, b, B):
    p, q = small_sq.mean(), big_sq.mean()
    ones = np.ones(len(small_sq))
    return ones * (B * q - b * p) / (B - b), ones * (p - q) / (1 / b - 1 / B)


@wrong(
    "takes the large batch's noise off the small",
    loses=["task3-visible", "task3-signal", "task3-negative", "task3-mean"],
)
def small_batch_less_the_noise_of_the_large(small_sq, big_sq, b, B):
    noise = (small_sq - big_sq) / (1 / b - 1 / B)
    return small_sq - noise / B, noise


@wrong(
    "noise is subtracted from the signal",
    loses=["task3-visible", "task3-signal", "task3-negative", "task3-mean"],
)
def noise_added_to_the_signal(small_sq, big_sq, b, B):
    noise = (small_sq - big_sq) / (1 / b - 1 / B)
    return big_sq + noise / B, noise


@wrong("the signal comes first", loses=ALL)
def outputs_swapped(small_sq, big_sq, b, B):
    return (small_sq - big_sq) / (1 / b - 1 / B), (B * big_sq - b * small_sq) / (B - b)


@right
def linear_system(small_sq, big_sq, b, B):
    both = np.linalg.solve([[1.0, 1 / b], [1.0, 1 / B]], np.stack([small_sq, big_sq]))
    return both


@right
def one_step_after_the_other(small_sq, big_sq, b, B):
    signal, noise = [], []
    for p, q in zip(small_sq, big_sq, strict=True):
        signal.append(float((B * q - b * p) / (B - b)))
        noise.append(float((p - q) * b * B / (B - b)))
    return [signal, noise]
