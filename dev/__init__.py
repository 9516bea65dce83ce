"""Scripts that keep the house: the reference pages and the module size."""
