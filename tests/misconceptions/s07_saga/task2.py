"""Task 2: sort ten update directions."""

from __future__ import annotations

from tests.misconceptions.bank import right, wrong


@wrong("an old snapshot is no bias", loses=["task2-c"])
def an_old_snapshot_is_a_bias():
    words = {"reduced": "AH", "floor": "BDI", "biased": "CFG", "astray": "EJ"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("a fixed w is no bias", loses=["task2-c", "task2-d"])
def any_snapshot_is_a_bias():
    words = {"reduced": "AH", "floor": "BI", "astray": "CEJ", "biased": "DFG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("the rules never move w", loses=["task2-d"])
def a_frozen_snapshot_reduces():
    words = {"reduced": "ACDH", "floor": "BI", "astray": "EJ", "biased": "FG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("belongs to another snapshot", loses=["task2-e"])
def a_stale_gradient_is_only_noise():
    words = {"reduced": "ACH", "floor": "BDEI", "biased": "FG", "astray": "J"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("one term of v doesn't cancel", loses=["task2-e"])
def a_stale_gradient_fades():
    words = {"reduced": "ACH", "floor": "BDI", "biased": "EFG", "astray": "J"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("the new gradient meets itself", loses=["task2-f"])
def order_of_writing_is_free():
    words = {"reduced": "ACFH", "floor": "BDI", "astray": "EJ", "biased": "G"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("put every row at θ*: the mean of the table", loses=["task2-f", "task2-g"])
def biased_is_lost():
    words = {"reduced": "ACH", "floor": "BDI", "astray": "EFGJ"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("no longer has the mean added", loses=["task2-g"])
def draws_need_no_weights():
    words = {"reduced": "ACGH", "floor": "BDI", "astray": "EJ", "biased": "F"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("the division by n p undoes it", loses=["task2-h"])
def weights_are_a_bias():
    words = {"reduced": "AC", "floor": "BDI", "astray": "EJ", "biased": "FGH"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("two different shifts", loses=["task2-i"])
def shifts_cancel():
    words = {"reduced": "ACHI", "floor": "BD", "astray": "EJ", "biased": "FG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("average over the shifts as well", loses=["task2-i"])
def shifts_are_a_bias():
    words = {"reduced": "ACH", "floor": "BD", "astray": "EJ", "biased": "FGI"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("don't bring the gap back", loses=["task2-j"])
def the_gap_closes():
    words = {"reduced": "ACH", "floor": "BDI", "astray": "E", "biased": "FGJ"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("follow the gap", loses=["task2-j"])
def a_larger_step_of_the_mean():
    words = {"reduced": "ACHJ", "floor": "BDI", "astray": "E", "biased": "FG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("only some are drawn", loses=["task2-b"])
def unbiased_is_enough():
    words = {"reduced": "ABCH", "floor": "DI", "astray": "EJ", "biased": "FG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("what is left of v?", loses=["task2-visible", "task2-c", "task2-h"])
def all_have_a_floor():
    words = {"floor": "ABCDHI", "astray": "EJ", "biased": "FG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("must be", loses=["task2-visible", "task2-j"])
def one_missing():
    words = {"reduced": "ACH", "floor": "BDI", "biased": "FG", "astray": "E"}
    return {key: word for word, keys in words.items() for key in keys}


@right
def typed_out():
    return {
        "A": "reduced",
        "B": "floor",
        "C": "reduced",
        "D": "floor",
        "E": "astray",
        "F": "biased",
        "G": "biased",
        "H": "reduced",
        "I": "floor",
        "J": "astray",
    }


@right
def in_capitals():
    said = "RFRFABBRFA"
    names = {"R": " Reduced", "F": "FLOOR", "B": "Biased ", "A": "Astray"}
    return {key.lower(): names[letter] for key, letter in zip("ABCDEFGHIJ", said, strict=True)}
