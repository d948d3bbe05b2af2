"""Task 2: build five federations."""

from __future__ import annotations

import numpy as np

from tests.misconceptions.bank import right, wrong


@wrong("with H = 1 the moves are gradients", loses=["task2-visible"])
def a_with_two_steps():
    flat, steep, other = ((1, 0), (0, 4)), ((1, 0), (0, 2)), ((2, 0), (0, 1))
    turned = ((3.25, -1.299038105676658), (-1.299038105676658, 1.75))
    half, apart = (0.5, 0.5), ((1, 0), (-1, 2))
    return {
        "A": ((flat, other), apart, half, 0.1, 2),
        "B": ((flat, flat), apart, half, 0.1, 10),
        "C": ((flat, steep), ((1, 0), (-1, 0)), half, 0.1, 10),
        "D": ((flat, turned), apart, half, 0.1, 10),
        "E": ((np.eye(2), np.diag([4, 1])), ((0, 0), (1, 0)), half, 0.4, 2),
    }


@wrong("the weights must be at least .05", loses=["task2-visible", "task2-b"])
def weights_of_two():
    flat, steep, other = ((1, 0), (0, 4)), ((1, 0), (0, 2)), ((2, 0), (0, 1))
    turned = ((3.25, -1.299038105676658), (-1.299038105676658, 1.75))
    half, apart = (0.5, 0.5), ((1, 0), (-1, 2))
    return {
        "A": ((flat, other), apart, half, 0.1, 1),
        "B": ((flat, flat), apart, (1, 1), 0.1, 10),
        "C": ((flat, steep), ((1, 0), (-1, 0)), half, 0.1, 10),
        "D": ((flat, turned), apart, half, 0.1, 10),
        "E": ((np.eye(2), np.diag([4, 1])), ((0, 0), (1, 0)), half, 0.4, 2),
    }


@wrong("the matrices aren't all equal", loses=["task2-b"])
def b_with_equal_eigenvalues():
    flat, steep, other = ((1, 0), (0, 4)), ((1, 0), (0, 2)), ((2, 0), (0, 1))
    turned = ((3.25, -1.299038105676658), (-1.299038105676658, 1.75))
    half, apart = (0.5, 0.5), ((1, 0), (-1, 2))
    return {
        "A": ((flat, other), apart, half, 0.1, 1),
        "B": ((flat, turned), apart, half, 0.1, 10),
        "C": ((flat, steep), ((1, 0), (-1, 0)), half, 0.1, 10),
        "D": ((flat, turned), apart, half, 0.1, 10),
        "E": ((np.eye(2), np.diag([4, 1])), ((0, 0), (1, 0)), half, 0.4, 2),
    }


@wrong("no client would disagree", loses=["task2-c"])
def c_with_equal_centres():
    flat, steep, other = ((1, 0), (0, 4)), ((1, 0), (0, 2)), ((2, 0), (0, 1))
    turned = ((3.25, -1.299038105676658), (-1.299038105676658, 1.75))
    half, apart = (0.5, 0.5), ((1, 0), (-1, 2))
    return {
        "A": ((flat, other), apart, half, 0.1, 1),
        "B": ((flat, flat), apart, half, 0.1, 10),
        "C": ((flat, steep), ((1, 2), (1, 2)), half, 0.1, 10),
        "D": ((flat, turned), apart, half, 0.1, 10),
        "E": ((np.eye(2), np.diag([4, 1])), ((0, 0), (1, 0)), half, 0.4, 2),
    }


@wrong("curvatures differ where the optima differ too", loses=["task2-c"])
def c_with_equal_weights_only():
    flat, steep, other = ((1, 0), (0, 4)), ((1, 0), (0, 2)), ((2, 0), (0, 1))
    turned = ((3.25, -1.299038105676658), (-1.299038105676658, 1.75))
    half, apart = (0.5, 0.5), ((1, 0), (-1, 2))
    return {
        "A": ((flat, other), apart, half, 0.1, 1),
        "B": ((flat, flat), apart, half, 0.1, 10),
        "C": ((flat, steep), apart, half, 0.01, 5),
        "D": ((flat, turned), apart, half, 0.1, 10),
        "E": ((np.eye(2), np.diag([4, 1])), ((0, 0), (1, 0)), half, 0.4, 2),
    }


@wrong("the same eigenvalues", loses=["task2-d"])
def d_with_equal_traces():
    flat, steep, other = ((1, 0), (0, 4)), ((1, 0), (0, 2)), ((2, 0), (0, 1))
    half, apart = (0.5, 0.5), ((1, 0), (-1, 2))
    return {
        "A": ((flat, other), apart, half, 0.1, 1),
        "B": ((flat, flat), apart, half, 0.1, 10),
        "C": ((flat, steep), ((1, 0), (-1, 0)), half, 0.1, 10),
        "D": ((flat, np.diag([3, 2])), apart, half, 0.1, 10),
        "E": ((np.eye(2), np.diag([4, 1])), ((0, 0), (1, 0)), half, 0.4, 2),
    }


@wrong("equal eigenvalues ask for less", loses=["task2-d"])
def d_with_equal_matrices():
    flat, steep, other = ((1, 0), (0, 4)), ((1, 0), (0, 2)), ((2, 0), (0, 1))
    half, apart = (0.5, 0.5), ((1, 0), (-1, 2))
    return {
        "A": ((flat, other), apart, half, 0.1, 1),
        "B": ((flat, flat), apart, half, 0.1, 10),
        "C": ((flat, steep), ((1, 0), (-1, 0)), half, 0.1, 10),
        "D": ((flat, flat), apart, half, 0.1, 10),
        "E": ((np.eye(2), np.diag([4, 1])), ((0, 0), (1, 0)), half, 0.4, 2),
    }


@wrong("one more local step takes the drift", loses=["task2-e"])
def e_without_overshoot():
    flat, steep, other = ((1, 0), (0, 4)), ((1, 0), (0, 2)), ((2, 0), (0, 1))
    turned = ((3.25, -1.299038105676658), (-1.299038105676658, 1.75))
    half, apart = (0.5, 0.5), ((1, 0), (-1, 2))
    return {
        "A": ((flat, other), apart, half, 0.1, 1),
        "B": ((flat, flat), apart, half, 0.1, 10),
        "C": ((flat, steep), ((1, 0), (-1, 0)), half, 0.1, 10),
        "D": ((flat, turned), apart, half, 0.1, 10),
        "E": ((np.eye(2), np.diag([4, 1])), ((0, 0), (1, 0)), half, 0.1, 8),
    }


@wrong("at most 1.9 is allowed", loses=["task2-visible", "task2-e"])
def e_too_long_a_step():
    flat, steep, other = ((1, 0), (0, 4)), ((1, 0), (0, 2)), ((2, 0), (0, 1))
    turned = ((3.25, -1.299038105676658), (-1.299038105676658, 1.75))
    half, apart = (0.5, 0.5), ((1, 0), (-1, 2))
    return {
        "A": ((flat, other), apart, half, 0.1, 1),
        "B": ((flat, flat), apart, half, 0.1, 10),
        "C": ((flat, steep), ((1, 0), (-1, 0)), half, 0.1, 10),
        "D": ((flat, turned), apart, half, 0.1, 10),
        "E": ((np.eye(2), np.diag([4, 1])), ((0, 0), (1, 0)), half, 0.5, 2),
    }


@right
def three_clients_that_cancel():
    one, two, three = np.diag([1.0, 2.0]), np.diag([3.0, 1.0]), np.diag([3.0, 2.0])
    c, s = np.cos(1.4), np.sin(1.4)
    turn = np.array([[c, -s], [s, c]])
    third = np.ones(3) / 3
    spread = np.array([[1.0, 2.0], [-2.0, 0.5], [0.0, -3.0]])
    # In C the two clients of one curvature lie on opposite sides of the third.
    return {
        "A": (np.array([one, two, three]), spread, third, 0.2, 1),
        "B": (np.array([one] * 3), spread, third, 0.2, 40),
        "C": (np.array([one, one, two]), np.array([[1, 1], [-1, -1], [0, 0]]), third, 0.2, 6),
        "D": ([one * [0.5, 2], turn @ (one * [0.5, 2]) @ turn.T], spread[:2], [0.4, 0.6], 0.2, 12),
        "E": ([np.eye(2), np.diag([4.0, 2.0])], [[0, 0], [2, 1]], [0.5, 0.5], 0.4, 2),
    }


@right
def as_lists():
    flat = [[1, 0], [0, 4]]
    return {
        "A": [[flat, [[4, 0], [0, 1]]], [[0, 1], [3, 0]], [0.25, 0.75], 0.3, 1],
        "B": [[flat, flat], [[0, 1], [3, 0]], [0.25, 0.75], 0.3, 5],
        "C": [[flat, [[1, 0], [0, 1]]], [[5, 2], [-5, 2]], [0.25, 0.75], 0.3, 5],
        "D": [[flat, [[4, 0], [0, 1]]], [[1, 1], [0, 0]], [0.5, 0.5], 0.1, 10],
        "E": [[[[1, 0], [0, 1]], [[4, 0], [0, 1]]], [[0, 0], [1, 0]], [0.5, 0.5], 0.38, 2],
    }
