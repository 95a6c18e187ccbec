"""Functions of functions, with the names of ``torch.func``: gradients, Jacobians, maps over samples."""
