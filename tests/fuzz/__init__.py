"""Random work, drawn from a seed, that shows what no one thought of.

python -m tests.fuzz programs --count 10000    programs, here and in PyTorch
python -m tests.fuzz calls --count 20000       junk calls of every public callable
python -m tests.fuzz files --count 20000       broken files for load
"""
