"""Task 5: what each rank hands over."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("the collective divides by W as well", loses=["task5-visible", "task5-sizes", "task5-empty"])
def collective_sums(counts, sums):
    return sums.sum(axis=1) / max(counts.sum(), 1)


@wrong("that is a mean of means", loses=["task5-visible", "task5-sizes", "task5-empty"])
def own_count(counts, sums):
    return sums.sum(axis=1) / np.maximum(counts.sum(axis=1), 1)[:, None]


@wrong("means of microbatch means", loses=["task5-visible", "task5-sizes", "task5-empty"])
def microbatch_means(counts, sums):
    return np.mean(sums / np.maximum(counts, 1)[..., None], axis=1)


@wrong("K stands where", loses=["task5-visible", "task5-sizes", "task5-empty"])
def microbatches_for_ranks(counts, sums):
    return counts.shape[1] * sums.sum(axis=1) / max(counts.sum(), 1)


@wrong("K has no part in it", loses=["task5-visible", "task5-sizes", "task5-empty"])
def all_microbatches(counts, sums):
    return counts.size * sums.sum(axis=1) / max(counts.sum(), 1)


@wrong("the answer of the collective", loses=["task5-visible", "task5-sizes", "task5-empty"])
def everybody_the_same(counts, sums):
    return np.tile(sums.sum(axis=(0, 1)) / max(counts.sum(), 1), (len(counts), 1))


@wrong("taken for means", loses=["task5-visible", "task5-sizes", "task5-empty"])
def weighted_again(counts, sums):
    return len(counts) * np.einsum("rk,rkd->rd", counts, sums) / max(counts.sum(), 1)


@wrong("by any count", loses=["task5-visible", "task5-sizes", "task5-empty"])
def sums_alone(counts, sums):
    return sums.sum(axis=1)


@wrong("there is a nan", loses=["task5-empty"])
def nan_without_tokens(counts, sums):
    with np.errstate(invalid="ignore"):
        return len(counts) * sums.sum(axis=1) / counts.sum()


@wrong("an idle rank is a rank too", loses=["task5-empty"])
def idle_ranks_not_counted(counts, sums):
    ranks = np.count_nonzero(counts.sum(axis=1))
    return ranks * sums.sum(axis=1) / max(counts.sum(), 1)


@wrong("expected shape", loses=["task5-visible", "task5-sizes", "task5-empty"])
def collective_done(counts, sums):
    return sums.sum(axis=(0, 1)) / max(counts.sum(), 1)


@right
def by_einsum(counts, sums):
    weight = len(counts) / counts.sum() if counts.any() else 0.0
    return weight * np.einsum("rkd->rd", sums)


@right
def from_means(counts, sums):
    total, out = int(counts.sum()), []
    for n, s in zip(counts, sums, strict=True):
        own = np.zeros(sums.shape[2])
        for m, x in zip(n, s, strict=True):
            if m:
                own += m / total * (x / m)
        out.append(own * counts.shape[0])
    return out
