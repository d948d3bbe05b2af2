"""Task 6: the largest entries, with a memory."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("the memory isn't used", loses=["task6-visible", "task6-sent", "task6-memory"])
def no_memory(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    for t, v in enumerate(vectors):
        places = np.argsort(-np.abs(v))[:k]
        sent[t, places] = v[places]
        kept[t] = v - sent[t]
    return sent, kept


@wrong("a sign of the memory is wrong", loses=["task6-visible", "task6-sent", "task6-memory"])
def memory_sign(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(-np.abs(p))[:k]
        sent[t, places] = p[places]
        memory = sent[t] - p
        kept[t] = memory
    return sent, kept


@wrong("a sign of the memory is wrong", loses=["task6-visible", "task6-sent", "task6-memory"])
def memory_subtracted(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v - memory
        places = np.argsort(-np.abs(p))[:k]
        sent[t, places] = p[places]
        memory = p - sent[t]
        kept[t] = memory
    return sent, kept


@wrong("the smallest entries were sent", loses=["task6-visible", "task6-sent", "task6-memory"])
def smallest(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(np.abs(p))[:k]
        sent[t, places] = p[places]
        memory = p - sent[t]
        kept[t] = memory
    return sent, kept


@wrong("negative entries count too", loses=["task6-visible", "task6-sent", "task6-memory"])
def largest_signed(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(-p)[:k]
        sent[t, places] = p[places]
        memory = p - sent[t]
        kept[t] = memory
    return sent, kept


@wrong("the largest entries of p", loses=["task6-visible", "task6-sent", "task6-memory"])
def places_of_the_vector(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(-np.abs(v))[:k]
        sent[t, places] = p[places]
        memory = p - sent[t]
        kept[t] = memory
    return sent, kept


@wrong("the values sent are those of p", loses=["task6-visible", "task6-sent", "task6-memory"])
def values_of_the_vector(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(-np.abs(p))[:k]
        sent[t, places] = v[places]
        memory = p - sent[t]
        kept[t] = memory
    return sent, kept


@wrong("the old memory got lost", loses=["task6-visible", "task6-sent", "task6-memory"])
def rest_of_the_vector(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(-np.abs(p))[:k]
        sent[t, places] = p[places]
        memory = v - sent[t]
        kept[t] = memory
    return sent, kept


@wrong("waited longer than one round", loses=["task6-visible", "task6-sent", "task6-memory"])
def one_round_of_memory(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(-np.abs(p))[:k]
        sent[t, places] = p[places]
        memory = np.array(v, dtype=float)
        memory[places] = 0
        kept[t] = memory
    return sent, kept


@wrong("added once more to the new one", loses=["task6-visible", "task6-sent", "task6-memory"])
def memory_twice(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(-np.abs(p))[:k]
        sent[t, places] = p[places]
        memory = memory + p - sent[t]
        kept[t] = memory
    return sent, kept


@wrong(
    "the absolute values were sent",
    loses=["task6-visible", "task6-sent", "task6-memory", "task6-all"],
)
def sizes(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(-np.abs(p))[:k]
        sent[t, places] = np.abs(p[places])
        memory = p - sent[t]
        kept[t] = memory
    return sent, kept


@wrong("after each round, not before it", loses=["task6-visible", "task6-memory"])
def memory_before(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        kept[t] = memory
        p = v + memory
        places = np.argsort(-np.abs(p))[:k]
        sent[t, places] = p[places]
        memory = p - sent[t]
    return sent, kept


@wrong("one array was changed, and kept T times", loses=["task6-visible", "task6-memory"])
def memory_not_copied(vectors, k):
    sent, kept = np.zeros(vectors.shape), []
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(-np.abs(p))[:k]
        sent[t, places] = p[places]
        memory[:] = p - sent[t]
        kept.append(memory)
    return sent, np.array(kept)


@wrong(
    "that is one array",
    loses=["task6-visible", "task6-sent", "task6-memory", "task6-all"],
)
def sent_alone(vectors, k):
    sent, memory = np.zeros(vectors.shape), np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(-np.abs(p))[:k]
        sent[t, places] = p[places]
        memory = p - sent[t]
    return sent


@wrong("more than k entries", loses=["task6-visible", "task6-sent"])
def memory_sent_too(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argsort(-np.abs(p))[:k]
        sent[t] = memory
        sent[t, places] = p[places]
        memory = np.array(p)
        memory[places] = 0
        kept[t] = memory
    return sent, kept


@wrong("stopped with", loses=["task6-all"])
def partition_from_the_front(vectors, k):
    sent, kept = np.zeros(vectors.shape), np.zeros(vectors.shape)
    memory = np.zeros(vectors.shape[1])
    for t, v in enumerate(vectors):
        p = v + memory
        places = np.argpartition(-np.abs(p), k)[:k]
        sent[t, places] = p[places]
        memory = p - sent[t]
        kept[t] = memory
    return sent, kept


@right
def by_a_threshold(vectors, k):
    sent, memory = [], [np.zeros(len(vectors[0]))]
    for v in vectors:
        p = memory[-1] + v
        chosen = np.abs(p) >= np.sort(np.abs(p))[::-1][k - 1]
        sent.append(np.where(chosen, p, 0.0))
        memory.append(np.where(chosen, 0.0, p))
    return sent, memory[1:]


@right
def by_a_partition(vectors, k):
    out = np.zeros((2, *np.shape(vectors)))
    rest = 0.0
    for t in range(len(vectors)):
        rest = rest + vectors[t]
        for j in np.argpartition(np.abs(rest), -k)[-k:]:
            out[0, t, j], rest[j] = rest[j], 0.0
        out[1, t] = rest
    return out
