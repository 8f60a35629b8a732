"""Channels 渠道: adapters between a foreign way of writing and the hub. Strangers to one another."""
