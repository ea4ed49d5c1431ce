"""The outermost layer: settings, URLs, the command line and the embedded database cluster."""
