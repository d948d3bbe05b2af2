"""Right and wrong solutions of section 02, gradient variance."""
