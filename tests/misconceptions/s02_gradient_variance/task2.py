"""Task 2: sort ten estimators by their mean."""

from __future__ import annotations

from tests.misconceptions.bank import right, wrong


@wrong("none is favoured", loses=["task2-b", "task2-j"])
def shuffling_biases():
    unbiased = {key: "unbiased" for key in "ACH"}
    biased = {key: "biased" for key in "BDEFJ"}
    return {**unbiased, **biased, "G": "scaled", "I": "scaled"}


@wrong("a factor of the variance", loses=["task2-b"])
def finite_population_factor_scales_the_mean():
    unbiased = {key: "unbiased" for key in "ACHJ"}
    return {**unbiased, "D": "biased", "E": "biased", "F": "biased"} | dict.fromkeys(
        "BGI", "scaled"
    )


@wrong("long gradients count too much", loses=["task2-d"])
def importance_sampling_needs_no_weights():
    unbiased = dict.fromkeys("ABCDHJ", "unbiased")
    return unbiased | dict.fromkeys("EF", "biased") | dict.fromkeys("GI", "scaled")


@wrong("the division undoes the unequal odds", loses=["task2-c"])
def any_unequal_odds_bias():
    said = dict.fromkeys("ABCDEFGHIJ", "biased")
    said.update(dict.fromkeys("ABHJ", "unbiased"), G="scaled", I="scaled")
    return said


@wrong("each gradient is shortened by its own factor", loses=["task2-f"])
def clipping_only_rescales():
    said = dict.fromkeys("ABCHJ", "unbiased")
    said.update(D="biased", E="biased", F="scaled", G="scaled", I="scaled")
    return said


@wrong("pull in another direction", loses=["task2-e"])
def hard_examples_only_pull_harder():
    said = dict.fromkeys("ABCHJ", "unbiased")
    said.update(D="biased", E="scaled", F="biased", G="scaled", I="scaled")
    return said


@wrong("in its own baseline", loses=["task2-g"])
def any_baseline_is_free():
    said = dict.fromkeys("ABCGHJ", "unbiased")
    said.update(D="biased", E="biased", F="biased", I="scaled")
    return said


@wrong("what is lost is one known share", loses=["task2-g", "task2-h"])
def every_group_baseline_biases():
    said = dict.fromkeys("ABCJ", "unbiased")
    said.update(D="biased", E="biased", F="biased", G="biased", H="biased", I="scaled")
    return said


@wrong("independent of the score beside it", loses=["task2-h"])
def leaving_one_out_scales_too():
    said = dict.fromkeys("ABCJ", "unbiased")
    said.update(D="biased", E="biased", F="biased", G="scaled", H="scaled", I="scaled")
    return said


@wrong("doubling the batch doubles it", loses=["task2-i"])
def a_sum_is_unbiased():
    said = dict.fromkeys("ABCHIJ", "unbiased")
    said.update(D="biased", E="biased", F="biased", G="scaled")
    return said


@wrong("the sizes are independent of which gradients", loses=["task2-j"])
def uneven_batches_bias():
    said = dict.fromkeys("ABCH", "unbiased")
    said.update(D="biased", E="biased", F="biased", G="scaled", I="scaled", J="biased")
    return said


@wrong(
    "whatever the batch size", loses=["task2-visible", "task2-b", "task2-c", "task2-h", "task2-j"]
)
def every_noisy_gradient_is_biased():
    said = dict.fromkeys("ABCDEFGHIJ", "biased")
    said.update(G="scaled", I="scaled")
    return said


@wrong("must be 'unbiased', 'scaled' or 'biased'", loses=["task2-visible", "task2-j"])
def own_words():
    said = dict.fromkeys("ABCH", "unbiased")
    said.update(D="biased", E="biased", F="biased", G="scaled", I="scaled", J="fine")
    return said


@right
def reverse_order():
    said = dict.fromkeys("FED", "biased")
    said.update(dict.fromkeys("JHCBA", "unbiased"))
    said.update(I="scaled", G="scaled")
    return said


@right
def capitals_and_blanks():
    words = (
        "Unbiased Unbiased Unbiased Biased Biased Biased Scaled Unbiased Scaled Unbiased".split()
    )
    return dict(zip("abcdefghij", (f" {word} " for word in words), strict=True))
