"""Files that a release wrote, in a folder named for it: what that release could read and compare stays readable.

They are never written anew. A release that changes a format adds a folder.
"""
