"""The API reference, made from the packages themselves whenever the site is built."""
