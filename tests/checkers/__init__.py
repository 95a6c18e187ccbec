"""What type checkers and editors see: the stubs, and programs that are checked with them."""
