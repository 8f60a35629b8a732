"""Calls to servers of others: signed, bounded, and never into the own network. Knows nothing of what they are about."""
