"""The figures of the collection, each against a floor or a peer that is measured in the same run."""
