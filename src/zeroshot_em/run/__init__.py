"""What a run of the workflow needs from the package: its configuration checked, its jobs logged."""
