"""crJSON, written from a credential and read as a document."""
