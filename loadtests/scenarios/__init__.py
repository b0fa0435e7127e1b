"""The load scenarios, one file each; every one is a plain locustfile too."""
