"""Functions made of functions: derivatives that nest, batching, checkpoints.

- ``trees``: arguments nested in tuples, lists and dicts
- ``draws``: which random numbers they may draw
- ``linearization``: one call of a function, and its VJPs, JVPs and Jacobians
- ``derivatives``: those as functions of functions (``autotensor.func``)
- ``point_derivatives``: those at a point (``autotensor.autograd.functional``)
- ``stateless``: networks as functions of their parameters (``autotensor.func``)
- ``vmap``: a function of one sample made one of many (``autotensor.vmap``)
- ``checkpoint``: memory for time (``autotensor.utils.checkpoint``)
"""
