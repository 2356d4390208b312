"""Start the programs, wait for them, check the machine."""
