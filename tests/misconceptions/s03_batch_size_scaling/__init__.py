"""Right and wrong solutions of section 03, batch-size scaling."""
