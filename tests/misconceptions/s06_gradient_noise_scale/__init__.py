"""Right and wrong solutions of section 06, gradient noise scale."""
