"""The sentences about sums: shares, costs, thresholds, prices of being late, checks, and where figures come from."""
