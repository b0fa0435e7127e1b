"""Checks of the exchange API: GraphQL, presigned URLs, AppSync subscriptions, Timestream's SQL."""
