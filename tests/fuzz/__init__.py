"""Random work in two libraries: what differs is shrunk and printed as a script.

python -m tests.fuzz programs --count 10000 --seed 0
"""
