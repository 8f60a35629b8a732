"""Journeys in a real Chromium, on the real server: a handful, because everything else is proved below."""
