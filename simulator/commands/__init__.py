"""The commands of the simulator: thin functions over the other packages of this room."""
