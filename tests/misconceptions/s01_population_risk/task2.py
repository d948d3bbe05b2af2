"""Task 2: labels of eight estimates of a population risk."""

from tests.misconceptions.bank import right, wrong

BD, CF, EH = "task2-bd", "task2-cf", "task2-eh"


@wrong("who chose on that set?", loses=[EH, "task2-g"])
def held_out_is_always_honest():
    return {**dict.fromkeys("ABCEGH", "unbiased"), "D": "optimistic", "F": "optimistic"}


@wrong("had θ₀ seen it?", loses=[BD, CF])
def training_data_always_flatter():
    honest = {"A": "unbiased", "H": "unbiased", "G": "pessimistic"}
    return {**honest, **dict.fromkeys("BCDEF", "optimistic")}


@wrong("each example is new to the θ", loses=[CF])
def online_loss_is_training_loss():
    return {
        **dict.fromkeys("ABH", "unbiased"),
        **dict.fromkeys("CDEF", "optimistic"),
        "G": "pessimistic",
    }


@wrong("by the second pass", loses=[CF])
def online_loss_is_always_honest():
    return {
        **dict.fromkeys("ABCFH", "unbiased"),
        **dict.fromkeys("DE", "optimistic"),
        "G": "pessimistic",
    }


@wrong("the gradients average to zero", loses=[BD])
def unbiased_gradient_means_unbiased_loss():
    return {
        **dict.fromkeys("ABCDH", "unbiased"),
        **dict.fromkeys("EF", "optimistic"),
        "G": "pessimistic",
    }


@wrong("a set is spoilt by choosing on it", loses=[EH])
def a_winner_stays_tainted():
    return {
        **dict.fromkeys("ABC", "unbiased"),
        **dict.fromkeys("DEFH", "optimistic"),
        "G": "pessimistic",
    }


@wrong("trained on fewer examples than n", loses=["task2-g"])
def cross_validation_reuses_data():
    return {**dict.fromkeys("ABCH", "unbiased"), **dict.fromkeys("DEFG", "optimistic")}


@wrong("θ₀ seen it", loses=[BD, CF, EH])
def directions_confused():
    return {
        **dict.fromkeys("DEF", "unbiased"),
        "A": "unbiased",
        **dict.fromkeys("BCGH", "pessimistic"),
    }


@wrong("θ was fixed before the 500 examples", loses=["task2-visible", BD, CF, EH, "task2-g"])
def every_estimate_is_optimistic():
    return dict.fromkeys("ABCDEFGH", "optimistic")


@wrong("by the second pass", loses=[BD, CF, EH, "task2-g"])
def every_estimate_is_unbiased():
    return dict.fromkeys("ABCDEFGH", "unbiased")


@wrong("the entry 'G' must be", loses=["task2-visible", "task2-g"])
def yes_or_no():
    labels = {**dict.fromkeys("ABCH", "unbiased"), **dict.fromkeys("DEF", "optimistic")}
    return {**labels, "G": "biased"}


@wrong("expected a dictionary", loses=["task2-visible", BD, CF, EH, "task2-g"])
def a_list_of_labels():
    return ["unbiased"] * 3 + ["optimistic"] * 3 + ["pessimistic", "unbiased"]


@right
def row_by_row():
    labels = {}
    for key, had_seen in zip("HFEDCBA", (0, 1, 1, 1, 0, 0, 0), strict=True):
        labels[key] = "optimistic" if had_seen else "unbiased"
    labels["G"] = "pessimistic"
    return labels


@right
def capitals_and_blanks():
    words = {"u": "Unbiased", "o": " OPTIMISTIC", "p": "Pessimistic "}
    return {key: words[word] for key, word in zip("abcdefgh", "uuuooopu", strict=True)}
