"""Looking back: replays the decisions that a log holds, and runs a recorded day again under other settings."""
