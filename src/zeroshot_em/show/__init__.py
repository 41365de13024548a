"""What is shown: one stretch, captions, figures and the page of maps."""
