"""What media files say of their origin, as functions for the rules of Osprey."""
