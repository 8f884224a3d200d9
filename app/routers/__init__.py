"""The HTTP operations: fetch, rule or service, answer."""
