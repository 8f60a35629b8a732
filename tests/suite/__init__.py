"""The contexts of the wider product, each on a running hub with a store in memory."""
