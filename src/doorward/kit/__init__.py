"""Domain-free helpers: secrets, keys, encodings, the clock and the unit of work."""
