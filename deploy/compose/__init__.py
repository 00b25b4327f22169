"""What `docker-compose.yml` runs besides the services: secrets once, then databases, topics and users."""
