"""The register of users and machines (703/2023 9 §): who works here, in which posts, and which systems may come in."""
