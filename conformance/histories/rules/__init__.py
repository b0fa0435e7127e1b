"""What the history of each API is judged by: its calls as values, and rules over them."""
