"""The doors of a whole server: real sockets, real HTTP, and clients that mean well or ill."""
