"""How Tensors are seen by other array libraries: the protocols that those ask an array for.

Each file teaches Tensor one protocol, by methods of its own.
"""
