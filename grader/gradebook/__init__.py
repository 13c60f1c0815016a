"""Results into files that a gradebook exported: only our cells change, and nothing that its importer would refuse."""
