"""会话记录: every conversation, to list, to look into and to take along. Knows nothing of how they are held."""
