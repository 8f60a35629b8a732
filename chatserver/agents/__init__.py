"""Agents 座席: who they are, what status they are in, and by how many devices they are connected. Pure."""
