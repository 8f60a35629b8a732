"""快捷回复: prepared answers in categories, an agent's own and those that all agents share."""

import os

# Only the readings of single characters are asked for; with its dictionary of phrases pypinyin holds 40 MB more.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
