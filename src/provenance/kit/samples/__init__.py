"""The samples, class by class: each module holds `SAMPLES`, and the catalogue all of them."""
