"""Schedules from anywhere: dispatch files in YAML or JSON, and calendars (iCalendar, RFC 5545).

`reading.load_schedule` takes any of them; what it returns are entries as scenario files hold them.
"""
