"""What the dashboard shows, counted by tasks beforehand: a page never counts a million rows.

- The counters that every web process adds to in Redis become hours in the database, so that
  they have a past, and outlive Redis.
- Which products were shown lately is kept per product, from the answers that are kept.
- The catalogue is counted every minute or so, less often where that takes long.
"""
