"""Which patients with diabetes leaving hospital will be back within 30 days? A whole MLOps system."""

__version__ = "0.1.0"
