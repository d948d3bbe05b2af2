"""Sealed grading: student code in a sandbox, tests in a judge, only plain data between them."""
