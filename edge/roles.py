"""Every role that somebody can act in."""

ROLES: frozenset[str] = frozenset(
    {
        "social_worker",
        "team_manager",
        "service_delivery_manager",
        "service_manager",
        "practice_manager",
        "head_of_service",
        "iro",
        "panel_administrator",
        "chair",
        "vice_chair",
        "member",
        "director_csw",
        "director_cs",
        "on_call_delegate",
        "settings_publisher",
        "complaints_officer",
        "records_officer",
        "placements",
        "direct_payments",
        "finance",
        "attendee",
        "system",
        "operator",
    }
)
"""Every role a token can carry. A role that is not here is another system's and is passed over."""
