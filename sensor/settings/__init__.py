"""What may be written: settings declared, read, checked, shown, edited."""
