"""Measurements that a person runs and reads; no test asserts them."""
