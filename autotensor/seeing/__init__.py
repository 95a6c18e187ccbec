"""What results look like: graphs drawn and explained, and what notebooks show of things.

Nothing here computes; everything is loaded when somebody looks.
"""
