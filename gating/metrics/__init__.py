"""System metrics: what a command and its machine used, sampled by a process of its own, and read back."""
