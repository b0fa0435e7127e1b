"""One run of the judge: start what is judged, run the checks, gather verdicts, clean up, report."""
