"""Conversation 会话: one visitor's visit from the first contact to the close. Pure: no clock, no ids, no I/O."""
