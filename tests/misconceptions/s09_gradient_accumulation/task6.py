"""Task 6: where a sum in few bits stalls."""

from __future__ import annotations

import math

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("the value depends on x", loses=["task6-visible", "task6-powers", "task6-others", "task6-scales"])
def without_the_term(x, precision_bits):
    return 2.0**precision_bits


@wrong("at powers of two only", loses=["task6-visible", "task6-others", "task6-scales"])
def not_rounded_up(x, precision_bits):
    return 2.0**precision_bits * x


@wrong("one power of two too low", loses=["task6-visible", "task6-others", "task6-scales"])
def rounded_down(x, precision_bits):
    return 2.0 ** math.floor(precision_bits + math.log2(x))


@wrong(
    "the leading one as well",
    loses=["task6-visible", "task6-powers", "task6-others", "task6-scales"],
)
def stored_bits(x, precision_bits):
    return 2.0 ** math.ceil(precision_bits - 1 + math.log2(x))


@wrong(
    "one bit too many",
    loses=["task6-visible", "task6-powers", "task6-others", "task6-scales"],
)
def whole_spacing(x, precision_bits):
    return 2.0 ** math.ceil(precision_bits + 1 + math.log2(x))


@wrong("the even neighbour wins", loses=["task6-visible", "task6-powers", "task6-scales"])
def strictly_above(x, precision_bits):
    return 2.0 ** (math.floor(precision_bits + math.log2(x)) + 1)


@wrong("the even neighbour wins", loses=["task6-visible", "task6-powers", "task6-scales"])
def ties_away_from_zero(x, precision_bits):
    total = 0.0
    while True:
        m, e = math.frexp(total + x)
        new = math.ldexp(math.floor(m * 2**precision_bits + 0.5), e - precision_bits)
        if new == total:
            return total
        total = new


@wrong("one power of two too low", loses=["task6-visible", "task6-others", "task6-scales"])
def rounds_towards_zero(x, precision_bits):
    total = 0.0
    while True:
        m, e = math.frexp(total + x)
        new = math.ldexp(math.floor(m * 2**precision_bits), e - precision_bits)
        if new == total:
            return total
        total = new


@wrong(
    "counts the additions",
    loses=["task6-visible", "task6-powers", "task6-others", "task6-scales"],
)
def number_of_additions(x, precision_bits):
    total, steps = 0.0, 0
    while True:
        m, e = math.frexp(total + x)
        new = math.ldexp(round(m * 2**precision_bits), e - precision_bits)
        if new == total:
            return float(steps)
        total, steps = new, steps + 1


@wrong("the sum stays elsewhere", loses=["task6-visible", "task6-scales", "task6-others"])
def float16_for_all(x, precision_bits):
    e = precision_bits + math.frexp(x)[1]
    return 2.0 ** (e - 1 if math.frexp(x)[0] == 0.5 else e - (x < 1))


@right
def by_simulation(x, precision_bits):
    total = 0.0
    while True:
        m, e = math.frexp(total + x)
        new = math.ldexp(round(m * 2**precision_bits), e - precision_bits)
        if new == total:
            return total
        total = new


@right
def by_logarithm(x, precision_bits):
    return np.exp2(np.ceil(precision_bits + np.log2(x)))


@right
def by_doubling(x, precision_bits):
    power = 1.0
    while power < 2**precision_bits * x:
        power *= 2
    while power >= 2**precision_bits * x * 2:
        power /= 2
    return power
