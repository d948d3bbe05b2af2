"""Task 4: signal and noise from the gradients of unequal ranks."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong

VALUES = ["task4-visible", "task4-numeric", "task4-equal", "task4-unequal"]


@wrong("the mean Ḡ comes from the same ranks", loses=[*VALUES, "task4-float32"])
def one_over_k(rank_grads, sizes):
    grads, total = rank_grads.astype(float), sizes.sum()
    mean = np.tensordot(grads, sizes / total, axes=(1, 0))
    noise = ((grads - mean[:, None]) ** 2).sum(axis=2) @ sizes / len(sizes)
    return (mean**2).sum(axis=1) - noise / total, noise


@wrong(
    "the ranks were taken as equal",
    loses=["task4-numeric", "task4-unequal", "task4-signal", "task4-float32"],
)
def equal_ranks(rank_grads, sizes):
    grads = rank_grads.astype(float)
    mean = grads.mean(axis=1)
    noise = ((grads - mean[:, None]) ** 2).sum(axis=(1, 2)) * sizes.mean() / (len(sizes) - 1)
    return (mean**2).sum(axis=1) - noise / sizes.sum(), noise


@wrong(
    "here the ranks count alike in it",
    loses=["task4-numeric", "task4-unequal", "task4-signal", "task4-float32"],
)
def plain_mean_of_the_ranks(rank_grads, sizes):
    grads = rank_grads.astype(float)
    mean = grads.mean(axis=1)
    noise = ((grads - mean[:, None]) ** 2).sum(axis=2) @ sizes / (len(sizes) - 1)
    return (mean**2).sum(axis=1) - noise / sizes.sum(), noise


@wrong(
    "not the mean size",
    loses=["task4-numeric", "task4-unequal", "task4-float32"],
)
def mean_size_for_all(rank_grads, sizes):
    grads, total = rank_grads.astype(float), sizes.sum()
    mean = np.tensordot(grads, sizes / total, axes=(1, 0))
    noise = ((grads - mean[:, None]) ** 2).sum(axis=(1, 2)) * sizes.mean() / (len(sizes) - 1)
    return (mean**2).sum(axis=1) - noise / total, noise


@wrong("the noise of one rank's mean", loses=[*VALUES, "task4-float32"])
def no_sizes_in_the_noise(rank_grads, sizes):
    grads, total = rank_grads.astype(float), sizes.sum()
    mean = np.tensordot(grads, sizes / total, axes=(1, 0))
    noise = ((grads - mean[:, None]) ** 2).sum(axis=(1, 2)) / (len(sizes) - 1)
    return (mean**2).sum(axis=1) - noise / total, noise


@wrong("not all 12", loses=[*VALUES, "task4-float32"])
def whole_batch_for_each_rank(rank_grads, sizes):
    grads, total = rank_grads.astype(float), sizes.sum()
    mean = np.tensordot(grads, sizes / total, axes=(1, 0))
    noise = ((grads - mean[:, None]) ** 2).sum(axis=(1, 2)) * total / (len(sizes) - 1)
    return (mean**2).sum(axis=1) - noise / total, noise


@wrong("divide by K − 1, not B − 1", loses=[*VALUES, "task4-float32"])
def counts_examples_for_ranks(rank_grads, sizes):
    grads, total = rank_grads.astype(float), sizes.sum()
    mean = np.tensordot(grads, sizes / total, axes=(1, 0))
    noise = ((grads - mean[:, None]) ** 2).sum(axis=2) @ sizes / (total - 1)
    return (mean**2).sum(axis=1) - noise / total, noise


@wrong("a trace adds them up", loses=[*VALUES, "task4-float32"])
def mean_over_coordinates(rank_grads, sizes):
    grads, total = rank_grads.astype(float), sizes.sum()
    mean = np.tensordot(grads, sizes / total, axes=(1, 0))
    noise = ((grads - mean[:, None]) ** 2).mean(axis=2) @ sizes / (len(sizes) - 1)
    return (mean**2).sum(axis=1) - noise / total, noise


@wrong("still in its squared norm", loses=["task4-visible", "task4-numeric", "task4-signal"])
def signal_uncorrected(rank_grads, sizes):
    grads, total = rank_grads.astype(float), sizes.sum()
    mean = np.tensordot(grads, sizes / total, axes=(1, 0))
    noise = ((grads - mean[:, None]) ** 2).sum(axis=2) @ sizes / (len(sizes) - 1)
    return (mean**2).sum(axis=1), noise


@wrong(
    "the noise of one rank was taken off", loses=["task4-visible", "task4-numeric", "task4-signal"]
)
def noise_of_a_rank_taken_off(rank_grads, sizes):
    grads, total = rank_grads.astype(float), sizes.sum()
    mean = np.tensordot(grads, sizes / total, axes=(1, 0))
    noise = ((grads - mean[:, None]) ** 2).sum(axis=2) @ sizes / (len(sizes) - 1)
    return (mean**2).sum(axis=1) - noise / sizes.mean(), noise


@wrong("cut it off and the mean is too high", loses=["task4-visible", "task4-signal"])
def signal_cut_off_at_zero(rank_grads, sizes):
    grads, total = rank_grads.astype(float), sizes.sum()
    mean = np.tensordot(grads, sizes / total, axes=(1, 0))
    noise = ((grads - mean[:, None]) ** 2).sum(axis=2) @ sizes / (len(sizes) - 1)
    return np.maximum((mean**2).sum(axis=1) - noise / total, 0), noise


@wrong("unbiased, but another estimate", loses=["task4-unequal", "task4-signal", "task4-float32"])
def harmonic_mean_of_the_sizes(rank_grads, sizes):
    grads = rank_grads.astype(float)
    mean = grads.mean(axis=1)
    spread = ((grads - mean[:, None]) ** 2).sum(axis=(1, 2)) / (len(sizes) - 1)
    each = np.mean(1 / sizes)  # noise of a rank, for one example's of 1
    return (mean**2).sum(axis=1) - spread / len(sizes), spread / each


@wrong("two large squares were subtracted", loses=["task4-float32"])
def squares_subtracted_in_float32(rank_grads, sizes):
    total = sizes.sum()
    weights = (sizes / total).astype(rank_grads.dtype)
    mean = np.einsum("tkd,k->td", rank_grads, weights)
    norms = (mean**2).sum(axis=1)
    of_ranks = np.einsum("tkd,k->t", rank_grads**2, weights)
    noise = (of_ranks - norms) * (total / (len(sizes) - 1))
    return norms - noise / total, noise


@wrong("changed its argument 'rank_grads'", loses=[*VALUES, "task4-signal", "task4-float32"])
def centres_in_place(rank_grads, sizes):
    total = sizes.sum()
    mean = np.tensordot(rank_grads, sizes / total, axes=(1, 0)).astype(rank_grads.dtype)
    rank_grads -= mean[:, None]
    noise = (rank_grads**2).sum(axis=2) @ sizes / (len(sizes) - 1)
    return (mean**2).sum(axis=1) - noise / total, noise


@wrong(
    "a mean over B examples, not over K", loses=["task4-visible", "task4-numeric", "task4-signal"]
)
def noise_over_the_ranks_taken_off(rank_grads, sizes):
    grads, total = rank_grads.astype(float), sizes.sum()
    mean = np.tensordot(grads, sizes / total, axes=(1, 0))
    noise = ((grads - mean[:, None]) ** 2).sum(axis=2) @ sizes / (len(sizes) - 1)
    return (mean**2).sum(axis=1) - noise / len(sizes), noise


@wrong("degrees of freedom inside the ranks", loses=[*VALUES, "task4-float32"])
def freedom_inside_the_ranks(rank_grads, sizes):
    grads, total = rank_grads.astype(float), sizes.sum()
    mean = np.tensordot(grads, sizes / total, axes=(1, 0))
    noise = ((grads - mean[:, None]) ** 2).sum(axis=2) @ sizes / (total - len(sizes))
    return (mean**2).sum(axis=1) - noise / total, noise


@right
def all_pairs(rank_grads, sizes):
    grads, total = np.asarray(rank_grads, dtype=float), int(sum(sizes))
    signal, noise = [], []
    for ranks in grads:
        pairs = [
            sizes[i] * sizes[j] * np.sum((ranks[i] - ranks[j]) ** 2)
            for i in range(len(sizes))
            for j in range(i + 1, len(sizes))
        ]
        noise.append(sum(pairs) / total / (len(sizes) - 1))
        mean = np.average(ranks, axis=0, weights=sizes)
        signal.append(mean @ mean - noise[-1] / total)
    return [np.array(signal), np.array(noise)]


@right
def centred_in_float32(rank_grads, sizes):
    weights = (sizes / sizes.sum()).astype(rank_grads.dtype)
    mean = np.einsum("tkd,k->td", rank_grads, weights)
    spread = np.einsum("tkd,k->t", (rank_grads - mean[:, None]) ** 2, weights)
    per_example = spread / (len(sizes) - 1)  # of the mean over all examples
    return np.stack([(mean**2).sum(axis=1) - per_example, per_example * sizes.sum()])


@right
def every_example_copied(rank_grads, sizes):
    grads = np.repeat(np.asarray(rank_grads, dtype=float), sizes, axis=1)
    noise = grads.var(axis=1).sum(axis=1) * grads.shape[1] / (len(sizes) - 1)
    return np.linalg.norm(grads.mean(axis=1), axis=1) ** 2 - noise / grads.shape[1], noise
