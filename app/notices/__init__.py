"""What people are told by themselves: the monthly digest of a reseller."""
