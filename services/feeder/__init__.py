"""The feeder: sends a model's input to Kafka-ML whenever a device that the model needs has a new value."""
