"""Content credentials: the manifest store, its typed model, and what the SDK says of it."""
