"""Local mode: every part of the platform as a process of this machine, without Docker or root."""
