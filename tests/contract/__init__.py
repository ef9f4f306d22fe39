"""What a stand-in promises: each test runs against it, and against the real service when one is named."""
