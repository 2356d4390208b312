"""What the inference service stores: predictions and what people say of them."""
