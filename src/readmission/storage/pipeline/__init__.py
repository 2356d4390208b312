"""What the pipeline stores: raw and clean encounters, the gate's record, monitoring."""
