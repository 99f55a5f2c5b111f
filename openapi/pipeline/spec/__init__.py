"""From fragments to the one spec: merged, corrected by rule and by overlay, named, validated."""
