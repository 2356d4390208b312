"""`readmission score`: files and tables of any size, on this machine."""
