"""What the product brings for Home Assistant besides discovery: files, and a purge."""
