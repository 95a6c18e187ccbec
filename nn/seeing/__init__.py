"""What notebooks show of networks, data and training; loaded when somebody looks."""
