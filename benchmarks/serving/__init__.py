"""How fast, how fresh and how steady the whole product answers, on real processes."""
