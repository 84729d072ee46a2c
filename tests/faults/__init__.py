"""What happens when parts fail: real processes, under traffic."""
