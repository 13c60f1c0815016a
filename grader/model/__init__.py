"""What the answers mean: the lab as typed, frozen, lazily read objects. Nothing here knows an AWS client."""
