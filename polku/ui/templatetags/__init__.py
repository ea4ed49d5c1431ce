"""Template library of the pages: `{% load ui %}`."""
