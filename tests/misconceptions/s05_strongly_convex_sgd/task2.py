"""Task 2: which result the three facts give for ten problems."""

from __future__ import annotations

from tests.misconceptions.bank import right, wrong


@wrong("the flat direction is on neither side", loses=["task2-b"])
def flat_direction_needs_strong_convexity():
    said = dict.fromkeys("ADG", "ball") | dict.fromkeys("BEJ", "stationary")
    return said | dict.fromkeys("CHI", "none") | {"F": "exact"}


@wrong("no single L bounds its curvature", loses=["task2-c"])
def smooth_is_differentiable():
    said = dict.fromkeys("ABDG", "ball") | dict.fromkeys("CEJ", "stationary")
    return said | dict.fromkeys("HI", "none") | {"F": "exact"}


@wrong("so no noise; the rest is bounded", loses=["task2-d"])
def ridge_unbounds_the_noise():
    said = dict.fromkeys("ABG", "ball") | dict.fromkeys("EJ", "stationary")
    return said | dict.fromkeys("CDHI", "none") | {"F": "exact"}


@wrong("they aren't zero", loses=["task2-d"])
def finite_data_are_interpolated():
    said = dict.fromkeys("ABG", "ball") | dict.fromkeys("EJ", "stationary")
    return said | dict.fromkeys("CHI", "none") | dict.fromkeys("DF", "exact")


@wrong("follow the loss far along the separating direction", loses=["task2-e"])
def convex_is_strongly_convex():
    said = dict.fromkeys("ABDEG", "ball") | dict.fromkeys("J", "stationary")
    return said | dict.fromkeys("CHI", "none") | {"F": "exact"}


@wrong("which M is needed", loses=["task2-f"])
def noise_always_leaves_a_ball():
    said = dict.fromkeys("ABDFG", "ball") | dict.fromkeys("EJ", "stationary")
    return said | dict.fromkeys("CHI", "none")


@wrong("no faster than fact 2 allows", loses=["task2-f", "task2-g"])
def variance_must_be_bounded():
    said = dict.fromkeys("ABD", "ball") | dict.fromkeys("EJ", "stationary")
    return said | dict.fromkeys("CFGHI", "none")


@wrong("the label noise stays", loses=["task2-g"])
def all_least_squares_interpolate():
    said = dict.fromkeys("ABD", "ball") | dict.fromkeys("EJ", "stationary")
    return said | dict.fromkeys("CHI", "none") | dict.fromkeys("FG", "exact")


@wrong("what is its infimum", loses=["task2-h"])
def smooth_is_enough_for_stationary():
    said = dict.fromkeys("ABDG", "ball") | dict.fromkeys("EHJ", "stationary")
    return said | dict.fromkeys("CI", "none") | {"F": "exact"}


@wrong("is there a second moment", loses=["task2-i"])
def a_mean_is_enough():
    said = dict.fromkeys("ABDGI", "ball") | dict.fromkeys("EJ", "stationary")
    return said | dict.fromkeys("CH", "none") | {"F": "exact"}


@wrong("its curvature lies between", loses=["task2-j"])
def nonconvex_promises_nothing():
    said = dict.fromkeys("ABDG", "ball") | dict.fromkeys("E", "stationary")
    return said | dict.fromkeys("CHIJ", "none") | {"F": "exact"}


@wrong("a gradient of zero, and not a minimum", loses=["task2-j"])
def wells_are_parabolas():
    said = dict.fromkeys("ABDGJ", "ball") | dict.fromkeys("E", "stationary")
    return said | dict.fromkeys("CHI", "none") | {"F": "exact"}


@wrong("the gradient is pure noise", loses=["task2-visible"])
def a_geometric_rate_ends_at_zero():
    said = dict.fromkeys("BDG", "ball") | dict.fromkeys("EJ", "stationary")
    return said | dict.fromkeys("CHI", "none") | dict.fromkeys("AF", "exact")


@wrong("must be 'none', 'stationary', 'ball' or 'exact'", loses=["task2-visible", "task2-j"])
def own_words():
    said = dict.fromkeys("ABDG", "ball") | {"E": "stationary", "J": "saddle"}
    return said | dict.fromkeys("CHI", "none") | {"F": "exact"}


@right
def letter_by_letter():
    labels = "ball ball none ball stationary exact ball none none stationary".split()
    return dict(zip("ABCDEFGHIJ", labels, strict=True))


@right
def capitals_and_blanks():
    said = dict.fromkeys("jh", " Stationary") | dict.fromkeys("chi", "NONE ")
    return said | dict.fromkeys("abdg", "Ball") | {"e": "stationary", "f": "Exact"}
