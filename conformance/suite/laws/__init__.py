"""Laws that several APIs share, over small protocols that an adapter of any API can fill."""
