"""What goes on inside a network: a summary of its layers, a doctor for its training."""
