"""Task 7: the noise scale in tokens, and the correlation inside a sequence."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("a sequence has T tokens", loses=["task7-visible", "task7-transformer", "task7-tokens"])
def in_sequences(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    of_seq = ((grads.mean(axis=1) - full) ** 2).sum(axis=1).mean()
    of_tok = ((grads - full) ** 2).sum(axis=2).mean()
    return of_seq / (full @ full), of_tok / (full @ full), (T * of_seq / of_tok - 1) / (T - 1)


@wrong(
    "the mean over its tokens, not their sum",
    loses=["task7-visible", "task7-transformer", "task7-tokens", "task7-rho"],
)
def summed_sequences(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    of_seq = ((grads.sum(axis=1) - T * full) ** 2).sum(axis=1).mean()
    of_tok = ((grads - full) ** 2).sum(axis=2).mean()
    return T * of_seq / (full @ full), of_tok / (full @ full), (T * of_seq / of_tok - 1) / (T - 1)


@wrong(
    "as if they were independent",
    loses=["task7-visible", "task7-transformer", "task7-tokens", "task7-rho"],
)
def tokens_are_independent(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    full = grads.mean(axis=(0, 1))
    of_tok = ((grads - full) ** 2).sum(axis=2).mean()
    return of_tok / (full @ full), of_tok / (full @ full), 0.0


@wrong(
    "1/m, not 1/(m − 1)", loses=["task7-visible", "task7-tokens", "task7-independent", "task7-rho"]
)
def sample_variances(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    of_seq = grads.mean(axis=1).var(axis=0, ddof=1).sum()
    of_tok = grads.reshape(-1, len(full)).var(axis=0, ddof=1).sum()
    return T * of_seq / (full @ full), of_tok / (full @ full), (T * of_seq / of_tok - 1) / (T - 1)


@wrong("solve it for ρ", loses=["task7-visible", "task7-transformer", "task7-rho"])
def design_effect_for_rho(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    of_seq = ((grads.mean(axis=1) - full) ** 2).sum(axis=1).mean()
    of_tok = ((grads - full) ** 2).sum(axis=2).mean()
    return T * of_seq / (full @ full), of_tok / (full @ full), T * of_seq / of_tok


@wrong("divide by T − 1", loses=["task7-visible", "task7-transformer", "task7-rho"])
def divides_by_all_tokens(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    of_seq = ((grads.mean(axis=1) - full) ** 2).sum(axis=1).mean()
    of_tok = ((grads - full) ** 2).sum(axis=2).mean()
    return T * of_seq / (full @ full), of_tok / (full @ full), (T * of_seq / of_tok - 1) / T


@wrong("correlation with itself", loses=["task7-visible", "task7-transformer", "task7-rho"])
def share_between_sequences(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    of_seq = ((grads.mean(axis=1) - full) ** 2).sum(axis=1).mean()
    of_tok = ((grads - full) ** 2).sum(axis=2).mean()
    return T * of_seq / (full @ full), of_tok / (full @ full), of_seq / of_tok


@wrong(
    "centred on their own sequence",
    loses=["task7-visible", "task7-transformer", "task7-independent"],
)
def tokens_centred_on_their_sequence(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    means = grads.mean(axis=1, keepdims=True)
    of_seq = ((means[:, 0] - full) ** 2).sum(axis=1).mean()
    inside = ((grads - means) ** 2).sum(axis=2).mean()
    rho = (T * of_seq / (inside + of_seq) - 1) / (T - 1)
    return T * of_seq / (full @ full), inside / (full @ full), rho


@wrong(
    "nothing is multiplied by T", loses=["task7-visible", "task7-transformer", "task7-independent"]
)
def tokens_times_their_number(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    of_seq = ((grads.mean(axis=1) - full) ** 2).sum(axis=1).mean()
    of_tok = ((grads - full) ** 2).sum(axis=2).mean()
    rho = (T * of_seq / of_tok - 1) / (T - 1)
    return T * of_seq / (full @ full), T * of_tok / (full @ full), rho


@wrong("the factor is turned round", loses=["task7-visible", "task7-transformer", "task7-rho"])
def factor_turned_round(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    of_seq = ((grads.mean(axis=1) - full) ** 2).sum(axis=1).mean()
    of_tok = ((grads - full) ** 2).sum(axis=2).mean()
    return T * of_seq / (full @ full), of_tok / (full @ full), (of_tok / T / of_seq - 1) / (T - 1)


@wrong(
    "the norm of G enters squared",
    loses=["task7-visible", "task7-tokens", "task7-independent"],
)
def norm_not_squared(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    of_seq = ((grads.mean(axis=1) - full) ** 2).sum(axis=1).mean()
    of_tok = ((grads - full) ** 2).sum(axis=2).mean()
    length = np.linalg.norm(full)
    return T * of_seq / length, of_tok / length, (T * of_seq / of_tok - 1) / (T - 1)


@wrong(
    "the sum over the coordinates, not their mean",
    loses=["task7-visible", "task7-tokens", "task7-independent"],
)
def traces_as_means(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    of_seq = ((grads.mean(axis=1) - full) ** 2).mean()
    of_tok = ((grads - full) ** 2).mean()
    return T * of_seq / (full @ full), of_tok / (full @ full), (T * of_seq / of_tok - 1) / (T - 1)


@wrong(
    "the mean wasn't taken off",
    loses=["task7-visible", "task7-tokens", "task7-independent", "task7-rho"],
)
def second_moments(token_grads):
    grads = np.asarray(token_grads, dtype=float)
    T, full = grads.shape[1], grads.mean(axis=(0, 1))
    of_seq = (grads.mean(axis=1) ** 2).sum(axis=1).mean()
    of_tok = (grads**2).sum(axis=2).mean()
    return T * of_seq / (full @ full), of_tok / (full @ full), (T * of_seq / of_tok - 1) / (T - 1)


@right
def from_the_two_covariances(token_grads):
    grads = np.array(token_grads, dtype=float)
    m, T, d = grads.shape
    tokens = grads.reshape(m * T, d)
    signal = np.sum(tokens.mean(axis=0) ** 2)
    of_seq = grads.mean(axis=1).var(axis=0).sum()
    of_tok = tokens.var(axis=0).sum()
    return [T * of_seq / signal, of_tok / signal, (T * of_seq - of_tok) / ((T - 1) * of_tok)]


@right
def from_pairs_of_tokens(token_grads):
    grads = np.array(token_grads, dtype=float)
    m, T = grads.shape[:2]
    full = grads.sum(axis=(0, 1)) / (m * T)
    rows = grads - full
    own = np.einsum("mtd,mtd->", rows, rows) / (m * T)
    summed = rows.sum(axis=1)
    cross = (np.einsum("md,md->", summed, summed) - own * m * T) / (m * T * (T - 1))
    rho = cross / own
    alone = own / np.dot(full, full)
    return np.array([alone * (1 + (T - 1) * rho), alone, rho])
