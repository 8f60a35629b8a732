"""The ground floor: what every other part may use. Knows nothing of chats, agents or the network."""
