"""Shows what a run found: terminal, JSON, JUnit, HTML, and scripts that replay a finding."""
