"""The inference service: answers with a risk and stores every answer."""
