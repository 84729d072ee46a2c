"""What can be recommended."""
