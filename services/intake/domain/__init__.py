"""Pure rules of intake: time, ids and answers come in as arguments."""
