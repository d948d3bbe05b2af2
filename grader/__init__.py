"""The instructor's side of the course: release, bundle, grade, give feedback.

Used through ``python -m grader``; ``python -m grader --help`` lists the commands. Nothing in here
is given to students, and nothing that they get imports it.
"""
