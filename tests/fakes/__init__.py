"""Stand-ins with behaviour: they keep the promises of the real thing, in memory."""
