"""The public shape of each resource, and who sees which rows."""
