"""What a release is made of, and what is known about its parts.

- parts: the locked packages, of Python and of the assets
- licences: under which terms each may be used
- sbom: all of it as CycloneDX, for whoever has to know
- advisories: whether somebody warns of one
"""
