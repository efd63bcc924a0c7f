"""MQTT: the topics, the commands that arrive on them, Home Assistant discovery, and the client."""
