"""Solutions of the exercises of section @NUMBER@, wrong and right, by task."""
