"""Solutions of the exercises of section 01, wrong and right, by task."""
