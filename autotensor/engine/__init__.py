"""The engine: what records a graph and walks back through it.  See ``autotensor/README.md``."""
