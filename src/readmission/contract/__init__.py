"""What all parts agree on: columns, codes, outcomes, request and response."""
