"""What the history comes to: metrics, and reports for terminal, programs and browser."""
