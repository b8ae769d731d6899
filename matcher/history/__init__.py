"""Events of the past, made again from the journal by a process beside the matcher."""
