"""The words after `chair-sensor`, one file for each group of them."""
