"""A synthetic year of one council: nobody in it ever lived, its volumes, prices and proportions are public figures."""
