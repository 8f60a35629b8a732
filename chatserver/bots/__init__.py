"""机器人 and webhooks: what answers for a flow from outside of it. Refuses to know when it is asked and what then."""
