"""Who is shown and may do what: every route, by every role, from their own team, another team and another council."""
