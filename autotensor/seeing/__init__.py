"""What results look like: graphs drawn and explained, and what notebooks show of things; and who
made a NaN.

Nothing here computes; everything is loaded when somebody looks.
"""
