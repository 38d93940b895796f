"""Questions, misconceptions, problems without end and the reader's own progress."""
