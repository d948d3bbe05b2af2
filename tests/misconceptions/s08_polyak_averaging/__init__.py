"""Right and wrong solutions of section 08, Polyak averaging."""
