"""The twins' half that is pure: read specs, check them, compose types into twins, compare two documents."""
