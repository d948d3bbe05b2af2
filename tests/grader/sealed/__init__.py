"""Tests of the sealed engine."""
