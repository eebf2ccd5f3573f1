"""CAWG identity assertions (CAWG Identity Assertion 1.1 and 1.2): who vouches for the content."""
