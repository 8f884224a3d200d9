"""Seratus, the programme registry of Gerakan Menuju 100 Smart City."""
