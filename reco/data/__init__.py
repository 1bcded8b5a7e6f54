"""The model's data: catalogue, watch histories, co-watch counts, neighbours, popularity."""
