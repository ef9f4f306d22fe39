"""Real brokers on loopback, and the programs as their images start them."""
