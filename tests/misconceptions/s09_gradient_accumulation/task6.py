"""Task 6: what a short buffer reads."""

from __future__ import annotations

import math

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong(
    "there is no rounding",
    loses=["task6-visible", "task6-numeric", "task6-sum", "task6-scaled", "task6-pairwise"],
)
def no_rounding(values, precision_bits, scheme):
    def short(x):
        return x

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0] / len(values)
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total if scheme == "scaled" else total / len(values)


@wrong(
    "the leading one as well",
    loses=["task6-visible", "task6-numeric", "task6-sum", "task6-scaled", "task6-pairwise"],
)
def stored_bits(values, precision_bits, scheme):
    precision_bits -= 1

    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(round(m * 2**precision_bits), e - precision_bits)

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0] / len(values)
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total if scheme == "scaled" else total / len(values)


@wrong(
    "one bit more than p",
    loses=["task6-visible", "task6-numeric", "task6-sum", "task6-scaled", "task6-pairwise"],
)
def one_bit_more(values, precision_bits, scheme):
    precision_bits += 1

    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(round(m * 2**precision_bits), e - precision_bits)

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0] / len(values)
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total if scheme == "scaled" else total / len(values)


@wrong(
    "in a tie the even m wins",
    loses=["task6-visible", "task6-numeric", "task6-sum", "task6-scaled", "task6-pairwise"],
)
def ties_away_from_zero(values, precision_bits, scheme):
    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(
            math.copysign(math.floor(abs(m) * 2**precision_bits + 0.5), m), e - precision_bits
        )

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0] / len(values)
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total if scheme == "scaled" else total / len(values)


@wrong(
    "bits were cut off",
    loses=["task6-visible", "task6-numeric", "task6-sum", "task6-scaled", "task6-pairwise"],
)
def bits_cut_off(values, precision_bits, scheme):
    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(math.trunc(m * 2**precision_bits), e - precision_bits)

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0] / len(values)
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total if scheme == "scaled" else total / len(values)


@wrong(
    "not the last result alone",
    loses=["task6-visible", "task6-numeric", "task6-sum", "task6-scaled", "task6-pairwise"],
)
def rounded_at_the_end(values, precision_bits, scheme):
    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(round(m * 2**precision_bits), e - precision_bits)

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if True:
        total = short(math.fsum(terms))
        return total if scheme == "scaled" else total / len(values)
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0] / len(values)
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total if scheme == "scaled" else total / len(values)


@wrong(
    "the sum isn't divided", loses=["task6-visible", "task6-numeric", "task6-sum", "task6-pairwise"]
)
def sums_not_divided(values, precision_bits, scheme):
    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(round(m * 2**precision_bits), e - precision_bits)

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0]
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total


@wrong("the last division isn't rounded", loses=["task6-visible", "task6-sum"])
def last_division_rounded(values, precision_bits, scheme):
    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(round(m * 2**precision_bits), e - precision_bits)

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0] / len(values)
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total if scheme == "scaled" else short(total / len(values))


@wrong("v/K is rounded too", loses=["task6-visible", "task6-scaled"])
def terms_not_rounded(values, precision_bits, scheme):
    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(round(m * 2**precision_bits), e - precision_bits)

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [v / len(values) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0] / len(values)
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total if scheme == "scaled" else total / len(values)


@wrong("in another order", loses=["task6-visible", "task6-numeric", "task6-sum", "task6-scaled"])
def from_the_end(values, precision_bits, scheme):
    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(round(m * 2**precision_bits), e - precision_bits)

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0] / len(values)
    total = 0.0
    for v in terms[::-1]:
        total = short(total + v)
    return total if scheme == "scaled" else total / len(values)


@wrong("joins neighbours", loses=["task6-visible", "task6-numeric", "task6-pairwise"])
def halves_joined(values, precision_bits, scheme):
    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(round(m * 2**precision_bits), e - precision_bits)

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [
                short(a + b)
                for a, b in zip(terms[: len(terms) // 2], terms[len(terms) // 2 :], strict=True)
            ]
        return terms[0] / len(values)
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total if scheme == "scaled" else total / len(values)


@wrong("is in the sum already", loses=["task6-visible", "task6-numeric", "task6-scaled"])
def scaled_is_divided_again(values, precision_bits, scheme):
    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(round(m * 2**precision_bits), e - precision_bits)

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0] / len(values)
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total / len(values)


@wrong("K divides twice", loses=["task6-visible", "task6-numeric", "task6-pairwise"])
def pairwise_is_divided_again(values, precision_bits, scheme):
    def short(x):
        m, e = math.frexp(x)
        return math.ldexp(round(m * 2**precision_bits), e - precision_bits)

    terms = [float(v) for v in values]
    if scheme == "scaled":
        terms = [short(v / len(values)) for v in terms]
    if scheme == "pairwise":
        while len(terms) > 1:
            terms = [short(a + b) for a, b in zip(terms[::2], terms[1::2], strict=True)]
        return terms[0] / len(values) / len(values)
    total = 0.0
    for v in terms:
        total = short(total + v)
    return total if scheme == "scaled" else total / len(values)


@right
def by_units(values, precision_bits, scheme):
    def short(x):
        if x == 0:
            return 0.0
        unit = 2.0 ** (math.floor(math.log2(abs(x))) + 1 - precision_bits)
        return float(np.rint(x / unit)) * unit

    def tree(part):
        half = len(part) // 2
        return part[0] if half == 0 else short(tree(part[:half]) + tree(part[half:]))

    if scheme == "pairwise":
        return tree(values) / len(values)
    total = 0.0
    for v in values:
        total = short(total + (v if scheme == "sum" else short(v / len(values))))
    return total / (len(values) if scheme == "sum" else 1)


@right
def by_arrays(values, precision_bits, scheme):
    def short(x):
        m, e = np.frexp(x)
        return np.ldexp(np.round(np.ldexp(m, precision_bits)), e - precision_bits)

    terms = np.array(values, dtype=float)
    if scheme == "pairwise":
        while terms.size > 1:
            terms = short(terms.reshape(-1, 2).sum(axis=1))
        return terms[0] / len(values)
    terms = short(terms / len(values)) if scheme == "scaled" else terms
    total = np.float64(0)
    for v in terms:
        total = short(total + v)
    return total if scheme == "scaled" else total / len(values)
