"""Rules as pure functions: values in, values and reasons out."""
