"""The version, a literal so that asking for it imports nothing."""

VERSION = "0.2.0"
