"""The dispatch API (seeds 000 and 1.1) under load: events that are numbered and come one by one."""
