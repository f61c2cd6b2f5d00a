"""The demo vendor: a week's worth of resellers, leads and accounts to look at."""
