"""Static files under names that change with their content, the imports between the browser's modules included."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Rewrites `import "./keys.js"` to the hashed name as well: a new version never meets an old module."""

    support_js_module_import_aggregation = True
