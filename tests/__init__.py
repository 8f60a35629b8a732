"""The tests of the server: promises in the words of the product."""
