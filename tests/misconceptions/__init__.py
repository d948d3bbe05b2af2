"""The misconception bank: wrong solutions that must be named, and right ones that must pass."""
