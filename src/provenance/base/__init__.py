"""What every room stands on: vocabularies, findings, errors, text, values, files, the network."""
