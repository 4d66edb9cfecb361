"""The instructor's side: assignments for nbgrader, private problem sets, and what the gradebook tells."""
