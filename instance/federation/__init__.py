"""Federation: what this instance says of its viewers to others, and what it hears from them."""
