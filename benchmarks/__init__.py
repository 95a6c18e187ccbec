"""The same work in this project and in its peers, measured side by side.

Nothing here is needed to use or to test the library. ``python -m benchmarks --help`` says how to
run it, CONTRIBUTING.md how to read it.
"""
