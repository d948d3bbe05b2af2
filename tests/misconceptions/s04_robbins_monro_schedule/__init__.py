"""Right and wrong solutions of section 04, Robbins–Monro schedules."""
