"""Random programs and junk calls, drawn from a seed, that show what no one thought of."""
