"""The machinery that every resource uses and that knows none."""
