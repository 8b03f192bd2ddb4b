"""The sampler: a process of its own beside the watched command; standard library only, and little of that."""
