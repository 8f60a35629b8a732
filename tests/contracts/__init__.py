"""Promises that every adapter of a port keeps, each run on every adapter."""
