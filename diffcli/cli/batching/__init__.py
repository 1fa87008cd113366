"""Many files in one run: which they are, the processes that compute them, what is kept, and what is told at the end."""
