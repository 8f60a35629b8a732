"""Dispatch 分配: who serves whom. One function decides every assignment, on the whole floor at once. Pure."""
