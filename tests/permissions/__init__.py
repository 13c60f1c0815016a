"""What each permission is for, with IAM that is enforced."""
