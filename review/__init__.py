"""What a reviewer reads: a preview of a stack, told in the words of someone who knows twins and nothing else."""
