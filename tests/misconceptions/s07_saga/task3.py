"""Task 3: the shortest loop of SVRG."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("the second term of α is missing", loses=["task3-visible", "task3-loop", "task3-none"])
def no_second_term(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x)
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(np.ceil(2 / (mu * best * target)))


@wrong("isn't divided by 1 − 2Lη", loses=["task3-visible", "task3-loop", "task3-none"])
def second_term_undivided(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = (target - x) * (1 - x)
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(np.ceil(2 / (mu * best * target)))


@wrong("1 − 2Lη is missing in the first term", loses=["task3-visible", "task3-loop"])
def first_term_without_its_factor(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = (target - x / (1 - x)) if x < 1 else -1
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(np.ceil(2 / (mu * best * target)))


@wrong(
    "1 − 2Lη is missing in both terms",
    loses=["task3-visible", "task3-loop", "task3-none", "task3-step", "task3-best"],
)
def no_factor_at_all(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target - x
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness)
    return loop, best, int(np.ceil(2 / (mu * best * target)))


@wrong("μ is missing", loses=["task3-visible", "task3-loop", "task3-best"])
def no_mu(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.ceil(1 / (step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(np.ceil(2 / (best * target)))


@wrong("η is missing", loses=["task3-visible", "task3-loop"])
def no_step(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.ceil(1 / (mu * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(np.ceil(2 / (mu * best * target)))


@wrong(
    "have changed places",
    loses=["task3-visible", "task3-loop", "task3-none", "task3-step", "task3-best"],
)
def constants_swapped(target, step_size, mu, smoothness):
    mu, smoothness = smoothness, mu
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(np.ceil(2 / (mu * best * target)))


@wrong(
    "L stands in the bound where 2L does",
    loses=["task3-visible", "task3-loop", "task3-none", "task3-step", "task3-best"],
)
def half_the_smoothness(target, step_size, mu, smoothness):
    smoothness = smoothness / 2
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(np.ceil(2 / (mu * best * target)))


@wrong("must be inf", loses=["task3-none"])
def negative_loops(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.ceil(1 / (mu * step_size * room)))
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(np.ceil(2 / (mu * best * target)))


@wrong("must be inf", loses=["task3-none"])
def none_for_inf(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else None
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(np.ceil(2 / (mu * best * target)))


@wrong("rounded down", loses=["task3-visible", "task3-loop", "task3-best"])
def rounded_down(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.floor(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(np.floor(2 / (mu * best * target)))


@wrong("one step too many", loses=["task3-loop", "task3-best", "task3-visible"])
def one_more(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = 1 + int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, 1 + int(np.ceil(2 / (mu * best * target)))


@wrong("two terms of α equal", loses=["task3-visible", "task3-step", "task3-best"])
def balanced_terms(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (2 * smoothness * (2 + target))
    return loop, best, int(np.ceil(2 / (mu * best * (1 - 2 * smoothness * best) * target) - 1e-9))


@wrong("the textbook's step", loses=["task3-visible", "task3-step", "task3-best"])
def textbook_step(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = 0.1 / smoothness
    return loop, best, int(np.ceil(2 / (mu * best * target)))


@wrong("the end of the range", loses=["task3-visible", "task3-step", "task3-best"])
def largest_step(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (2 * smoothness * (1 + target))
    return loop, best, float("inf")


@wrong("the best loop is a whole number too", loses=["task3-visible", "task3-best"])
def best_loop_not_rounded(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, 2 / (mu * best * target)


@wrong("the best loop is rounded down", loses=["task3-visible", "task3-best"])
def best_loop_cut_off(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(2 / (mu * best * target))


@wrong("the first loop is a whole number", loses=["task3-visible", "task3-loop"])
def first_loop_not_rounded(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target * (1 - x) - x
    loop = 1 / (mu * step_size * room) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, int(np.ceil(2 / (mu * best * target)))


@right
def other_algebra(target, step_size, mu, smoothness):
    x = 2 * smoothness * step_size
    room = target - x * (1 + target)
    loop = int(np.ceil(1 / (mu * step_size * room))) if room > 0 else float("inf")
    best = target / (4 * smoothness * (1 + target))
    return loop, best, float(np.ceil(8 * smoothness / mu * (1 + target) / target**2))


@right
def by_counting_up(target, step_size, mu, smoothness):
    def alpha(step, m):
        x = 2 * smoothness * step
        return 1 / (mu * step * (1 - x) * m) + x / (1 - x)

    def shortest(step):
        if 2 * smoothness * step >= 1 or alpha(step, 1e12) > target:
            return np.inf
        low, high = 0, 2**40
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if alpha(step, middle) <= target else (middle, high)
        return high

    best = 0.25 / smoothness / (1 + 1 / target)
    return [shortest(step_size), best, shortest(best)]
