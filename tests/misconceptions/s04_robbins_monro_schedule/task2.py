"""Task 2: sort ten schedules."""

from __future__ import annotations

from tests.misconceptions.bank import right, wrong


@wrong("a condition fails, but the steps go to 0", loses=["task2-b", "task2-g"])
def a_condition_fails_so_it_does_not_converge():
    words = {"both": "CEHI", "floor": "BDGJ", "frozen": "AF"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("an exponent below −1, if only a little", loses=["task2-c"])
def close_to_a_half_is_a_half():
    words = {"both": "EHI", "mean": "BCG", "floor": "DJ", "frozen": "AF"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("add up the geometric series", loses=["task2-visible"])
def slowly_geometric_is_fine():
    words = {"both": "ACEHI", "mean": "BG", "floor": "DJ", "frozen": "F"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("slow, but without a bound", loses=["task2-e"])
def faster_than_harmonic_is_finite():
    words = {"both": "CHI", "mean": "BG", "floor": "DJ", "frozen": "AEF"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("the integral of 1/u²", loses=["task2-f"])
def a_logarithm_never_matters():
    words = {"both": "CEFHI", "mean": "BG", "floor": "DJ", "frozen": "A"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("grows like ln ln t", loses=["task2-g"])
def a_root_of_a_logarithm_is_enough():
    words = {"both": "CEGHI", "mean": "B", "floor": "DJ", "frozen": "AF"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("the halvings come later and later", loses=["task2-h"])
def halving_is_geometric():
    words = {"both": "CEI", "mean": "BG", "floor": "DJ", "frozen": "AFH"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("the steps at the squares t = k² alone", loses=["task2-i"])
def rare_steps_do_not_count():
    words = {"both": "CEH", "mean": "BG", "floor": "DJ", "frozen": "AFI"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("right after a restart", loses=["task2-j"])
def rare_restarts_do_not_count():
    words = {"both": "CEHI", "mean": "BGJ", "floor": "D", "frozen": "AF"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("each step shrinks the distance", loses=["task2-d"])
def a_floor_is_frozen():
    words = {"both": "CEHI", "mean": "BG", "floor": "J", "frozen": "ADF"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong(
    "must be 'both', 'mean'", loses=["task2-visible", "task2-c", "task2-e", "task2-h", "task2-i"]
)
def own_words():
    words = {"robbins-monro": "CEHI", "mean": "BG", "floor": "DJ", "frozen": "AF"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("the dictionary has no entry 'J'", loses=["task2-visible", "task2-j"])
def one_left_out():
    words = {"both": "CEHI", "mean": "BG", "floor": "D", "frozen": "AF"}
    return {key: word for word, keys in words.items() for key in keys}


@right
def one_by_one():
    said = {"A": "frozen", "B": "mean", "C": "both", "D": "floor"}
    return said | dict.fromkeys("EHI", "both") | {"F": "frozen", "G": "mean", "J": "floor"}


@right
def capitals_and_blanks():
    words = "Frozen Mean Both Floor Both Frozen Mean Both Both Floor".split()
    return dict(zip("abcdefghij", (f" {word} " for word in words), strict=True))
