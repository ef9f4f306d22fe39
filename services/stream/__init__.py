"""What the programs have in common: from messages of devices to vectors in Kafka, with none lost."""
