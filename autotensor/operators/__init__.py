"""The operators: each declared once, with its value, its derivative and its documentation."""
