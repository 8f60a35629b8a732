"""分配记录: every decision of the floor about a conversation, with its reason, for whoever has to answer for it."""
