"""What the tests of the components share."""
