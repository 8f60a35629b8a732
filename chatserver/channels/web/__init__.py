"""The web channel: the widget on somebody's site, and the H5 page behind a link."""
