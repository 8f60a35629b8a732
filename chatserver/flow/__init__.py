"""Flow 流程: what happens to a visitor before an agent takes over, as data. Pure."""
