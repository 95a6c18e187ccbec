"""Functions made of functions: derivatives that nest, batching, checkpoints."""
