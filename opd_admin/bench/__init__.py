"""What `make bench` measures of the product as a whole. Never imported by the product itself."""
