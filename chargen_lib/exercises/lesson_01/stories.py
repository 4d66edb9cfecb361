"""What an answer takes from the lesson around it instead of from its own input."""

STORIES_V = 63  # how many characters the stories of the lessons have: their `V`, and their `len(vocabulary)`
