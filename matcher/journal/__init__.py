"""The journal on disk: begin with `format`, which says what it is and what a crash can leave."""
