"""Right and wrong solutions of section 09, gradient accumulation."""
