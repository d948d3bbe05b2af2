"""Right and wrong solutions of section 05, strongly convex and nonconvex SGD."""
