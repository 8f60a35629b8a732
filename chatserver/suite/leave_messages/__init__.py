"""留言: what visitors leave when nobody can talk to them: an inbox of its own, and answers for when they return."""
