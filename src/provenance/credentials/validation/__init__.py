"""Our own validation of a credential by chapter 15 of C2PA 2.4, in its status codes."""
