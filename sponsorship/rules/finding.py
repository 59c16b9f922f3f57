"""The finding of the registry's rules, so that a verifier reads one kind of remark whichever rule made it."""

from registry.rules.finding import Finding

__all__ = ["Finding"]
