"""One simulated spine and lesion, seen through every test."""
