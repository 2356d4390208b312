"""Clients of HTTP APIs that parts of this system ask; the inference service's is public: `readmission.client`."""
