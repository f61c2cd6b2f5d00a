"""What plans are asked: one plan and its tasks, the portfolio, people."""
