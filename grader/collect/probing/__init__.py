"""Probing: the requests that the application itself gets, over HTTP."""
