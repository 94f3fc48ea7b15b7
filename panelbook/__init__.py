"""The command line, the deployment's settings and the combined web application."""
