"""The operators: each declared once, with its value, its derivative and its documentation.

They stand in families, on floors; a family is made of those below it:

    arguments < structure < pointwise < reductions < linalg < networks < images

What the first four families list in ``__all__`` is a function of ``autotensor`` and a method of
``Tensor``, unless its declaration says ``@function_only``; where it says ``in_place=True`` or
``@has_in_place``, Tensor has the in-place form too (``methods.py``).
"""
