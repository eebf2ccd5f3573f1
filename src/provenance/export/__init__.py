"""What other people and other systems take in: signed results, and files in their formats."""
