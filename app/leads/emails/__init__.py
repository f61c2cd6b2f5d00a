"""What is written to resellers, contact persons and the vendor about leads."""
