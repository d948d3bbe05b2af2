"""Task 2: labels of six weighted means."""

from tests.misconceptions.bank import right, wrong

VISIBLE, BC, DE, F = "task2-visible", "task2-bc", "task2-de", "task2-f"


@wrong("two workers beat one only if", loses=[VISIBLE, DE, F])
def more_is_always_better():
    return dict.fromkeys("ABCDEF", "lower")


@wrong("a small weight of B costs little", loses=[BC, DE])
def weights_not_squared():
    return dict.fromkeys("ABCDEF", "higher")


@wrong("most of the weight lies on the worker that is worse", loses=[BC, DE, F])
def weights_swapped():
    return {**dict.fromkeys("ABCE", "higher"), **dict.fromkeys("DF", "lower")}


@wrong("the cross term doesn't vanish", loses=[F])
def correlation_ignored():
    return {**dict.fromkeys("AD", "higher"), **dict.fromkeys("BCF", "lower"), "E": "equal"}


@wrong("work it out", loses=[DE])
def only_the_end_counts():
    return {**dict.fromkeys("ADF", "higher"), **dict.fromkeys("BCE", "lower")}


@wrong("the entry 'E' must be", loses=[VISIBLE, DE])
def another_word():
    return {**dict.fromkeys("ADF", "higher"), **dict.fromkeys("BC", "lower"), "E": "same"}


@right
def worked_out():
    labels = {}
    for key, w in zip("ABCDE", (5, 8, 20 / 3, 2, 6), strict=True):
        v = round((w / 10) ** 2 + 4 * (1 - w / 10) ** 2, 9)
        labels[key] = "lower" if v < 1 else "higher" if v > 1 else "equal"
    return {**labels, "F": "higher"}


@right
def capitals_and_blanks():
    return dict(
        zip("abcdef", ("Higher", "lower ", "LOWER", "higher", "equal", "higher"), strict=True)
    )
