"""From evidence to a verdict, and the report that carries it."""
