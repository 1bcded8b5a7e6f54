"""What the model counts: the catalogue, co-watch counts, popularity, each viewer's plays."""
