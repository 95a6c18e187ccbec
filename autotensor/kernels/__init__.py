"""Arithmetic on arrays: what operators compute with.  Nothing here knows a Tensor."""
