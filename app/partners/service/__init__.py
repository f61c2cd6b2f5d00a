"""What happens to applications, resellers, their links, accesses, terms, and to the welcome package."""
