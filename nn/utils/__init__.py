"""Tools for modules and their parameters, with the names of ``torch.nn.utils``."""
