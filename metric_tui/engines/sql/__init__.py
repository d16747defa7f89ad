"""Every measure stated in SQL for any dialect: the reference, and the way on a server."""
