"""What staff can have done by asking: each job reads what was said, and carries out its plan."""
