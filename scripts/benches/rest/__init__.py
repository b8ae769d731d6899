"""Orders over REST, beside a fixed reply and beside an exchange that is built on Redis lists."""
