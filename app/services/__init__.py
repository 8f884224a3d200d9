"""Verbs that touch more than one aggregate or have a second caller."""
