"""Task 2: build five batches."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("the mean gradients must differ", loses=["task2-visible"])
def a_without_spread():
    return {
        "A": ((4, 4, 4), ((1, 2), (1, 2), (1, 2))),
        "B": ((1, 5, 9), ((2, -1), (2, -1), (2, -1))),
        "C": ((1, 2, 3), ((1, 2), (5, -1), (1, 2))),
        "D": ((9, 1), ((1, 0), (-1, 1.633))),
        "E": ((10, 1), ((1, 2), (3, 6))),
    }


@wrong("that is A's case", loses=["task2-b"])
def b_with_equal_lengths():
    return {
        "A": ((4, 4, 4), ((1, 2), (3, -1), (0, 5))),
        "B": ((5, 5, 5), ((2, -1), (2, -1), (2, -1))),
        "C": ((1, 2, 3), ((1, 2), (5, -1), (1, 2))),
        "D": ((9, 1), ((1, 0), (-1, 1.633))),
        "E": ((10, 1), ((1, 2), (3, 6))),
    }


@wrong("B: the mean gradients differ", loses=["task2-b"])
def b_with_equal_norms():
    return {
        "A": ((4, 4, 4), ((1, 2), (3, -1), (0, 5))),
        "B": ((1, 5, 9), ((2, -1), (1, 2), (-2, 1))),
        "C": ((1, 2, 3), ((1, 2), (5, -1), (1, 2))),
        "D": ((9, 1), ((1, 0), (-1, 1.633))),
        "E": ((10, 1), ((1, 2), (3, 6))),
    }


@wrong("that is B's case", loses=["task2-c"])
def c_with_equal_gradients():
    return {
        "A": ((4, 4, 4), ((1, 2), (3, -1), (0, 5))),
        "B": ((1, 5, 9), ((2, -1), (2, -1), (2, -1))),
        "C": ((1, 2, 3), ((1, 2), (1, 2), (1, 2))),
        "D": ((9, 1), ((1, 0), (-1, 1.633))),
        "E": ((10, 1), ((1, 2), (3, 6))),
    }


@wrong("in coordinate 2 length and gradient", loses=["task2-c"])
def c_in_one_coordinate():
    return {
        "A": ((4, 4, 4), ((1, 2), (3, -1), (0, 5))),
        "B": ((1, 5, 9), ((2, -1), (2, -1), (2, -1))),
        "C": ((1, 2, 3), ((1, 2), (5, -1), (1, 3))),
        "D": ((9, 1), ((1, 0), (-1, 1.633))),
        "E": ((10, 1), ((1, 2), (3, 6))),
    }


@wrong("in both coordinates", loses=["task2-c"])
def c_shuffled_once():
    return {
        "A": ((4, 4, 4), ((1, 2), (3, -1), (0, 5))),
        "B": ((1, 5, 9), ((2, -1), (2, -1), (2, -1))),
        "C": ((3, 1, 2), ((1, 2), (5, -1), (2, 3))),
        "D": ((9, 1), ((1, 0), (-1, 1.633))),
        "E": ((10, 1), ((1, 2), (3, 6))),
    }


@wrong("which a log would show", loses=["task2-d"])
def d_with_other_norms():
    return {
        "A": ((4, 4, 4), ((1, 2), (3, -1), (0, 5))),
        "B": ((1, 5, 9), ((2, -1), (2, -1), (2, -1))),
        "C": ((1, 2, 3), ((1, 2), (5, -1), (1, 2))),
        "D": ((9, 1), ((1, 0), (0, 1))),
        "E": ((10, 1), ((1, 2), (3, 6))),
    }


@wrong("but so do the directions", loses=["task2-d"])
def d_without_an_error():
    return {
        "A": ((4, 4, 4), ((1, 2), (3, -1), (0, 5))),
        "B": ((1, 5, 9), ((2, -1), (2, -1), (2, -1))),
        "C": ((1, 2, 3), ((1, 2), (5, -1), (1, 2))),
        "D": ((1, 2, 3), ((1, 2), (5, -1), (1, 2))),
        "E": ((10, 1), ((1, 2), (3, 6))),
    }


@wrong("aren't parallel", loses=["task2-e"])
def e_not_parallel():
    return {
        "A": ((4, 4, 4), ((1, 2), (3, -1), (0, 5))),
        "B": ((1, 5, 9), ((2, -1), (2, -1), (2, -1))),
        "C": ((1, 2, 3), ((1, 2), (5, -1), (1, 2))),
        "D": ((9, 1), ((1, 0), (-1, 1.633))),
        "E": ((10, 1), ((1, 2), (3, 5))),
    }


@wrong("points against", loses=["task2-e"])
def e_points_back():
    return {
        "A": ((4, 4, 4), ((1, 2), (3, -1), (0, 5))),
        "B": ((1, 5, 9), ((2, -1), (2, -1), (2, -1))),
        "C": ((1, 2, 3), ((1, 2), (5, -1), (1, 2))),
        "D": ((9, 1), ((1, 0), (-1, 1.633))),
        "E": ((10, 1), ((1, 2), (-3, -6))),
    }


@wrong("the lengths differ by", loses=["task2-e"])
def e_nearly_equal():
    return {
        "A": ((4, 4, 4), ((1, 2), (3, -1), (0, 5))),
        "B": ((1, 5, 9), ((2, -1), (2, -1), (2, -1))),
        "C": ((1, 2, 3), ((1, 2), (5, -1), (1, 2))),
        "D": ((9, 1), ((1, 0), (-1, 1.633))),
        "E": ((10, 9), ((1, 2), (2, 4))),
    }


@wrong("n must be whole", loses=["task2-visible", "task2-d"])
def shares_for_counts():
    return {
        "A": ((4, 4, 4), ((1, 2), (3, -1), (0, 5))),
        "B": ((1, 5, 9), ((2, -1), (2, -1), (2, -1))),
        "C": ((1, 2, 3), ((1, 2), (5, -1), (1, 2))),
        "D": ((0.9, 0.1), ((1, 0), (-1, 1.633))),
        "E": ((10, 1), ((1, 2), (3, 6))),
    }


@wrong("must be a list of 2 to 8 numbers", loses=["task2-visible"])
def one_microbatch():
    return {
        "A": ((4,), ((1, 2),)),
        "B": ((1, 5, 9), ((2, -1), (2, -1), (2, -1))),
        "C": ((1, 2, 3), ((1, 2), (5, -1), (1, 2))),
        "D": ((9, 1), ((1, 0), (-1, 1.633))),
        "E": ((10, 1), ((1, 2), (3, 6))),
    }


@right
def as_arrays():
    rng = np.random.default_rng(0)
    counts = np.array([2, 7, 4, 11])
    some = rng.standard_normal((4, 2))
    spread = counts - counts.mean()
    flat = some - np.outer(spread, spread @ some) / (spread @ spread)
    return {
        "A": (np.full(4, 12), some),
        "B": (counts, np.tile(some[0], (4, 1))),
        "C": (counts, flat),
        "D": ([512, 64, 32, 16], [[1, 0.2], [0.2, 0.9], [-0.4, 1.1], [-0.8, 1.3]]),
        "E": [counts, np.outer(counts, [0.3, -2.0])],
    }


@right
def other_numbers():
    root = (8 / 3) ** 0.5
    return {
        "A": ([7, 7], [[0, 0], [0, 1]]),
        "B": ([1, 10_000], [[3, 3], [3, 3]]),
        "C": ([1, 1, 3, 3], [[1, 0], [2, 5], [2, 5], [1, 0]]),
        "D": ([18, 2], [[0, -10], [10 * root, 10]]),
        "E": ([1, 3], [[0, 8], [0, 1]]),
    }
