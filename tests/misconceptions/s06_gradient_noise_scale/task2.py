"""Task 2: sort ten readings of a data-parallel log by their mean."""

from __future__ import annotations

from tests.misconceptions.bank import right, wrong


@wrong("move the variance; the means add up", loses=["task2-d", "task2-h"])
def overlap_biases():
    said = dict(zip("ABCDEFGHIJ", "signal".split() * 10, strict=True))
    said.update(A="mixed", C="noise", D="none", E="scaled", F="none", G="none", H="none")
    return said | {"I": "scaled", "J": "mixed"}


@wrong("squaring leaves the noise of the batch in it", loses=["task2-visible", "task2-j"])
def a_squared_norm_is_signal():
    return {
        "A": "signal",
        "B": "signal",
        "C": "noise",
        "D": "signal",
        "E": "scaled",
        "F": "none",
        "G": "none",
        "H": "noise",
        "I": "scaled",
        "J": "signal",
    }


@wrong("too close to each of them", loses=["task2-e"])
def one_over_k_is_fine():
    words = {"signal": "BD", "noise": "CEH", "scaled": "I", "mixed": "AJ", "none": "FG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("which covariance has the 1/(N − 1)?", loses=["task2-i"])
def replacement_does_not_matter():
    words = {"signal": "BD", "noise": "CHI", "scaled": "E", "mixed": "AJ", "none": "FG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("the negative steps balanced the large ones", loses=["task2-f"])
def cutting_at_zero_is_harmless():
    words = {"signal": "BDF", "noise": "CH", "scaled": "EI", "mixed": "AJ", "none": "G"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("isn't linear in tr Σ", loses=["task2-f"])
def cutting_adds_some_noise():
    words = {"signal": "BD", "noise": "CH", "scaled": "EI", "mixed": "AFJ", "none": "G"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("isn't the ratio of the means", loses=["task2-g"])
def a_ratio_is_a_scaled_noise():
    words = {"signal": "BD", "noise": "CH", "scaled": "EGI", "mixed": "AJ", "none": "F"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("tr Σ/b each; b/2 undoes that", loses=["task2-c"])
def two_ranks_see_twice_the_noise():
    words = {"signal": "BD", "noise": "H", "scaled": "CEI", "mixed": "AJ", "none": "FG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("ask for its mean", loses=["task2-b"])
def a_product_can_be_negative():
    words = {"signal": "D", "noise": "CH", "scaled": "EI", "mixed": "AJ", "none": "BFG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("the two ranks aren't independent", loses=["task2-j"])
def one_seed_is_harmless():
    words = {"signal": "BDJ", "noise": "CH", "scaled": "EI", "mixed": "A", "none": "FG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("must be 'signal', 'noise'", loses=["task2-visible", "task2-f", "task2-g"])
def own_words():
    words = {"signal": "BD", "noise": "CH", "scaled": "EI", "mixed": "AJ", "biased": "FG"}
    return {key: word for word, keys in words.items() for key in keys}


@wrong("the dictionary has no entry 'J'", loses=["task2-visible", "task2-j"])
def one_left_out():
    words = {"signal": "BD", "noise": "CH", "scaled": "EI", "mixed": "A", "none": "FG"}
    return {key: word for word, keys in words.items() for key in keys}


@right
def one_by_one():
    said = {"A": "mixed", "J": "mixed"}
    said.update(B="signal", D="signal", C="noise", H="noise")
    said.update(dict.fromkeys("EI", "scaled"), **dict.fromkeys("FG", "none"))
    return said


@right
def capitals_and_blanks():
    words = "Mixed Signal Noise Signal Scaled None None Noise Scaled Mixed".split()
    return dict(zip("abcdefghij", (f" {word} " for word in words), strict=True))
