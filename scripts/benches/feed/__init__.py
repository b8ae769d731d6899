"""The bench of the feed: how late, how dear and how large it is, and how it takes slow readers."""
