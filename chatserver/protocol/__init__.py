"""The published language: everything that crosses a socket. TypeScript is generated from here (`make gen`)."""
