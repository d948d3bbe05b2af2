"""Right and wrong solutions of section 10, federated averaging."""
