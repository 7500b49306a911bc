"""What scalar classical codes have in common: a partition of the line and its exact laws."""
