"""THE WIDER PRODUCT: contexts that are strangers to one another; each plugs into the hub with one object."""
