"""Right and wrong solutions of section 07, SVRG and SAGA."""
