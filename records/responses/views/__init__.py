"""Pages of forms before a visit: for who fills them in, and for who reads them."""
