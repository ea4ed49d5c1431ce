"""Pages: free times, a day and week, an appointment, calendars, lists, settings; for the client: the link.

Fragments (for pages that show free times inside themselves; all take the query string of `appointments:free`):

- GET  `appointments:times`                     the list (`appointments/slots.html`), id `times`
- POST `appointments:hold`    slot, query, key  the list and the bar (`appointments/_bar.html`, id `hold-bar`)
- POST `appointments:confirm` public id, query  the same; 422 with the words when it was too late
- POST `appointments:tell`    public id, query  the same
- POST `appointments:release` public id, query  the same

Without htmx each POST goes back to the page it came from (`back`, a path of this site) with a message.
"""
