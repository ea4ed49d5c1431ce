"""What is measured: each module makes the runs of one operation, ours and its floor side by side."""
