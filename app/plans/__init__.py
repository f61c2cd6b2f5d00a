"""Plans: running copies of playbooks, worked by customer and vendor (I2 to I12)."""
