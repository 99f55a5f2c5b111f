"""From fragments to the one spec: merged, corrected by rule and by overlay, named, validated.

`builder` runs the steps in their order; what the client can't do is refused in `unsupported`.
"""
