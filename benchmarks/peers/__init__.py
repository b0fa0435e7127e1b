"""Scripts that run in the environments of peers; they know nothing of this project."""
