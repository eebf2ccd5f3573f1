"""The version, a literal so that asking for it imports nothing."""

VERSION = "0.1.0"
