"""What scripts/report makes of results. This file keeps a module `report` of somebody else from being taken for it."""
