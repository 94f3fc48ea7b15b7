"""Who belongs to the person, who of them holds parental responsibility, and what each of them said."""
