"""What a stand-in promises: each test runs against the stand-in, and against the real service when one is named."""
