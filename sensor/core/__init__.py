"""The core decides, and touches nothing: no clock, no thread, no input or output."""
