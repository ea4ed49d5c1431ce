"""Settings, from the environment only. A wrong value stops the start with a sentence (docs/operations.md lists all).

Without DATABASE_URL everything runs on the embedded cluster below POLKU_VAR: that, and only that, is the demo.
"""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from polku.site.cluster import DATABASE as EMBEDDED_DATABASE
from polku.site.cluster import OWNER, PORT, Cluster
from polku.site.database import SERVING_ROLE, parse_url
from polku.site.environment import Environment
from polku.site.letters import decision_settings
from polku.site.messaging import outbox_settings
from polku.site.safety import refuse_open_doors, require_tls

env = Environment()

ROOT = Path(__file__).resolve().parents[2]
VAR = Path(env.text("POLKU_VAR", "var")).absolute()

# --- Where we are -----------------------------------------------------------------------------------------------

DATABASE_URL = env.text("DATABASE_URL")
# One-click sign-in and invented people: impossible with a real database.
DEMO = not DATABASE_URL
DEBUG = False
BASE_URL = env.web_address("BASE_URL", "http://127.0.0.1:8000" if DEMO else "")
if not BASE_URL:
    raise ImproperlyConfigured("BASE_URL is not set: links in letters and messages begin with it.")
HTTPS = BASE_URL.startswith("https://")
# The browser itself keeps such a cookie to this host, to TLS and to the whole site.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["*"] if DEMO else [urlsplit(BASE_URL).hostname or ""])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
COUNTY = env.file("POLKU_COUNTY", ROOT / "counties" / "lansi-uusimaa.toml")
# How many invented contacts `polku run` sees to.
DEMO_CONTACTS = env.number("POLKU_DEMO_CONTACTS", 500, 0, 5_000_000)


def _secret_key() -> str:
    kept = VAR / "secret_key"
    if not DEMO:
        env.required("SECRET_KEY", "sign sessions and links with at least 50 random characters kept secret.")
        key = env.secret("SECRET_KEY", 50)
        if kept.exists() and kept.read_text() == key:
            raise ImproperlyConfigured("SECRET_KEY is the demo's: whoever has seen the demo has seen it.")
        return key
    if not kept.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        made = VAR / f"secret_key.{os.getpid()}"
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(64))
        # Two processes may start at once: the first one's key stays.
        with contextlib.suppress(FileExistsError):
            os.link(made, kept)
        made.unlink()
    return kept.read_text()


SECRET_KEY = _secret_key()
# After a change of the key: sessions and second factors of before go on while it is named here.
SECRET_KEY_FALLBACKS = [old for old in (env.secret("SECRET_KEY_OLD", 50),) if old]
if not DEMO:
    refuse_open_doors(BASE_URL, ALLOWED_HOSTS)

# --- What is installed ------------------------------------------------------------------------------------------

# From the top layer down, so that an upper layer's template or command wins over a lower one's.
POLKU_APPS = [
    "polku.demo", "polku.desk", "polku.statistics", "polku.fence", "polku.handover", "polku.decisions",
    "polku.meetings", "polku.assessments", "polku.appointments", "polku.triage", "polku.contacts", "polku.deadlines",
    "polku.cases", "polku.clients", "polku.access", "polku.outbox", "polku.audit", "polku.gateways", "polku.ui",
]  # fmt: skip
if not DEMO:
    # One-click sign-in is not there at all; `polku demo` still builds lives for rehearsals and load.
    POLKU_APPS.remove("polku.demo")
INSTALLED_APPS = [
    *POLKU_APPS,
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "procrastinate.contrib.django",
    "template_partials",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "polku.site.headers.guarded",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Measures and notes all but static files, and answers monitors.
    "polku.site.watching.watched",
    # Pages shrink to a third; secrets in them are masked anew for each answer, and the length is blurred.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "polku.site.middleware.access_log",
    "polku.site.strangers.links",
    "polku.site.machines.machines",
    "polku.site.middleware.Work",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "polku.site.middleware.person",
    "polku.site.signin.second_factor.SecondFactor",
    "polku.site.signin.fresh.Fresh",
]
ROOT_URLCONF = "polku.site.urls"
# What stands around every staff page.
POLKU_FRAME = "polku.demo.frame.frame" if DEMO else "polku.desk.frame.frame"
WSGI_APPLICATION = "polku.site.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "polku" / "site" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "polku.ui.context.frame",
            ],
        },
    },
]
FORM_RENDERER = "polku.ui.controls.Controls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Database ---------------------------------------------------------------------------------------------------

# Tests give options for a cluster that need not survive; nothing else sets it.
CLUSTER = Cluster(home=VAR / "postgres")


def _database() -> dict[str, Any]:
    place: dict[str, Any] = {"NAME": EMBEDDED_DATABASE, "USER": OWNER, "PORT": str(PORT)}
    if DEMO:
        place["HOST"] = str(CLUSTER.socket_dir)
    else:
        try:
            place = parse_url(DATABASE_URL)
        except ValueError as error:
            raise ImproperlyConfigured(str(error)) from None
    # Statements are prepared once a connection: planning the wide joins cost more than running them.
    options: dict[str, Any] = {
        "application_name": "polku", "server_side_binding": True, "prepare_threshold": 3, **place.pop("OPTIONS", {}),
    }  # fmt: skip
    size = env.number("POLKU_POOL", 0, 0, 1000)
    if size:
        # A process has one thread, so a connection is free, or there is no database: nobody is kept waiting for it, and
        # new tries begin within seconds (the pool's own pauses grow to minutes).
        options["pool"] = {"min_size": 1, "max_size": size, "timeout": 1, "reconnect_timeout": 3}
    return {"ENGINE": "django.db.backends.postgresql", **place, "CONN_MAX_AGE": 0, "OPTIONS": options}


def _counts(database: dict[str, Any]) -> dict[str, Any]:
    """The same database by a connection that is opened when something is counted, and closed with the request."""
    options = {name: value for name, value in database["OPTIONS"].items() if name != "pool"}
    return {**database, "OPTIONS": {**options, "assume_role": SERVING_ROLE}}


DATABASES = {"default": _database()}
DATABASES["counts"] = _counts(DATABASES["default"])
DATABASE_ROUTERS = ["polku.site.counts.Counts"]

# A queued job lives in its app's jobs.py.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

# --- Language and time ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fi"
LANGUAGES = [("fi", "Suomi"), ("sv", "Svenska"), ("en", "English")]
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}polku_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [ROOT / "polku" / "site" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Helsinki"

# The table counts failed sign-ins over all web processes. Of what pages show, only sums of many contacts are kept for a
# short while, in each process (`polku.desk.promise`).
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "polku_cache",
        # Beyond it counts that still hold are thrown away: more than a morning or a guesser makes in an hour.
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    },
    "figures": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "TIMEOUT": 60},
}

# --- Sign-in and sessions ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "access.Account"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "polku.site.signin.passwords.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "polku.site.signin.passwords.HouseWords"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
SESSION_ENGINE = "polku.site.session_store"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}polku_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.number("SESSION_HOURS", 10, 1, 24) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_IDLE_MINUTES = env.number("SESSION_IDLE_MINUTES", 30, 1, 600)
# A page that only reads may not write; messages go with the answer.
MESSAGE_STORAGE = "polku.site.said.Said"

ACCOUNT_ADAPTER = "polku.site.signin.adapters.StaffAdapter"
SOCIALACCOUNT_ADAPTER = "polku.site.signin.adapters.ProviderAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
# Tries are counted by the browser's address, which the last of our proxies tells, and by user name and address, so that
# nobody elsewhere keeps a person out. A county's whole staff may share one address, and signs in at eight.
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXIES", 1 if HTTPS else 0, 0, 10)
ACCOUNT_RATE_LIMITS = {"login": "600/m/ip", "login_failed": "60/m/ip,5/300s/key"}
# For one name from all places together: a guesser with many addresses finds nothing in a year. Far above the 60 an hour
# that one place has for a name, so that it takes more than eight of them to keep a person out everywhere.
SIGN_IN_EVERYWHERE = "500/h/key"
ACCOUNT_FORMS = {"change_password": "polku.site.signin.passwords.OtherPasswordForm"}
MFA_ADAPTER = "polku.site.signin.secrets.SecretsAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Polku"
SOCIALACCOUNT_ONLY = False

OIDC_ISSUER = require_tls("OIDC_ISSUER", env.web_address("OIDC_ISSUER"))
OIDC_NAME = env.text("OIDC_NAME", "OpenID Connect")
# What the provider calls a sign-in that is strong enough, the best first; empty: as the provider is set.
OIDC_ACR = tuple(env.text("OIDC_ACR", "").split())
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if OIDC_ISSUER:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "staff",
                "name": OIDC_NAME,
                "client_id": env.required("OIDC_CLIENT_ID", "the identity provider knows Polku by it."),
                "secret": env.required("OIDC_CLIENT_SECRET", "the identity provider checks it."),
                "settings": {"server_url": OIDC_ISSUER},
            }
        ],
    }

# --- The browser's guards ---------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        # A sign-in form is sent on to the identity provider, so its origin must be named.
        "form-action": [
            SELF,
            *([f"{urlsplit(OIDC_ISSUER).scheme}://{urlsplit(OIDC_ISSUER).netloc}"] if OIDC_ISSUER else []),
        ],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SECURE = HTTPS
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}polku_csrf"
# Scripts read the token from the page.
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "polku.site.answers.stale_form"
SECURE_SSL_REDIRECT = False
# The proxy sends browsers to TLS (W008); a preload list is for the owner of the domain to join (W021).
SILENCED_SYSTEM_CHECKS = ["security.W008", "security.W021"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# A bigger form is refused before it is parsed, and so is whatever is bigger than `polku.site.headers.MOST_BYTES`.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
# The calendar form has one. It stays in memory: nothing that is sent is ever a file on our disk.
DATA_UPLOAD_MAX_NUMBER_FILES = 2
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# --- Static files -----------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
# Nobody else's pages take them.
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "polku.ui.storage.HashedFiles"},
}

# --- Messages ---------------------------------------------------------------------------------------------------

# SMS and mail to clients; nothing else sends mail (docs/messages.md lists the variables).
MESSAGES = outbox_settings(env, demo=DEMO, base_url=BASE_URL, county=COUNTY)
DECISIONS = decision_settings(env, demo=DEMO, county=COUNTY)
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

# --- The access log's guards ------------------------------------------------------------------------------------

# Marks the rows of the log. Keep it out of the database's reach; after a change the old keys still verify old rows.
AUDIT_KEY = env.text("AUDIT_KEY")
AUDIT_OLD_KEYS = env.names("AUDIT_OLD_KEYS")
# Where the chain's head is kept outside the database: best a disk or mount that the database's keepers cannot write.
AUDIT_ANCHOR = env.text("AUDIT_ANCHOR", str(VAR / "audit-anchors.jsonl"))
AUDIT_ANCHOR_MINUTES = env.number("AUDIT_ANCHOR_MINUTES", 5, 1, 1440)

# --- Monitors ---------------------------------------------------------------------------------------------------

# Whoever may ask for /health/... and /metrics: by network or by token. To all others they are not there.
WATCH_NETWORKS = env.networks("WATCH_NETWORKS", ["127.0.0.0/8", "::1"] if DEMO else [])
WATCH_TOKEN = env.secret("WATCH_TOKEN", 32)

# --- The technical log ------------------------------------------------------------------------------------------

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {"()": "polku.site.log.Lines"},
        "words": {"()": "polku.site.log.Words", "format": "%(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "words" if DEMO else "lines"}},
    "root": {"handlers": ["out"], "level": "INFO" if not DEMO else "WARNING"},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # The pages that refuse are in the access log already, with who and what.
        "django.request": {"handlers": [], "level": "CRITICAL", "propagate": False},
        "django.server": {"handlers": [], "propagate": False},
        # Their lines quote what was sent; the request's own line has its page and status.
        "django.security": {"handlers": [], "level": "CRITICAL", "propagate": False},
        # Which tasks there are, at the start of every command.
        "procrastinate.blueprints": {"level": "WARNING"},
    },
}
