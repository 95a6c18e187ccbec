"""Everything that touches the process: threads, memory, NumPy's error state."""
