"""The one settings file. Everything that differs between machines comes from the environment (see .env.example)."""

import os
from pathlib import Path

import environ

from config import env

BASE_DIR = Path(__file__).resolve().parent.parent

APP_MODE = env.mode()
PRODUCTION = APP_MODE == "production"
DEBUG = env.flag("DEBUG")
if PRODUCTION and DEBUG:
    raise env.EnvironmentProblem("DEBUG is on; production refuses it.")

SECRET_KEY = env.secret("SECRET_KEY", env.DEMO_SECRET_KEY, APP_MODE)
FIELD_KEYS = env.key_ring("FIELD_KEYS", env.secret("FIELD_KEYS", env.DEMO_FIELD_KEYS, APP_MODE))
INDEX_KEY = env.key_bytes("INDEX_KEY", env.secret("INDEX_KEY", env.DEMO_INDEX_KEY, APP_MODE))
MANDATE_KEY = env.key_bytes("MANDATE_KEY", env.secret("MANDATE_KEY", env.DEMO_MANDATE_KEY, APP_MODE))
if PRODUCTION:
    env.refuse_short("SECRET_KEY", SECRET_KEY, 50)
    env.refuse_shared_keys(FIELD_KEYS=FIELD_KEYS, INDEX_KEY=INDEX_KEY, MANDATE_KEY=MANDATE_KEY)

APP_NOW = env.moment("APP_NOW", APP_MODE)
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))
CLOCK_FILE = VAR_DIR / "clock"
PAPERS_DIR = Path(env.text("PAPERS_DIR", str(VAR_DIR / "papers")))
BASE_URL = env.text("BASE_URL", None if PRODUCTION else "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", "" if PRODUCTION else "127.0.0.1,localhost,[::1],testserver")
if PRODUCTION and not ALLOWED_HOSTS:
    raise env.EnvironmentProblem("ALLOWED_HOSTS is not set. See .env.example for its meaning.")
if PRODUCTION and "*" in ALLOWED_HOSTS:
    raise env.EnvironmentProblem("ALLOWED_HOSTS is '*'; production needs the host names it answers to.")
if PRODUCTION and not BASE_URL.startswith("https://"):
    raise env.EnvironmentProblem(f"BASE_URL is {BASE_URL!r}; production needs https://.")

INSTALLED_APPS = [
    "registry.apps.OfficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_include_bootstrap",
    "pgtrigger",
    "registry.apps.RegistryConfig",
    "sponsorship",
    "autodebit",
    "opd_admin",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Pages shrink to a third on a slow line. Safe with secrets in them (BREACH): CSRF tokens are masked anew in each
    # answer, and every compressed answer carries padding of a random length.
    "django.middleware.gzip.GZipMiddleware",
    "registry.middleware.PrivateResponses",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "registry.middleware.StaffGuard",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "registry.context.site",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# One dialect everywhere: PostgreSQL. `make run` and `make test` give the address of the embedded server.
_NOT_STARTED = None if PRODUCTION else "postgres://127.0.0.1:1/not-started"
DATABASES = {"default": environ.Env.db_url_config(env.text("DATABASE_URL", _NOT_STARTED))}
DATABASES["default"].update(
    CONN_MAX_AGE=env.number("CONN_MAX_AGE", 60), CONN_HEALTH_CHECKS=True, ATOMIC_REQUESTS=False
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL", None if PRODUCTION else "redis://127.0.0.1:1/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "asn",
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 3,
}
CELERY_TIMEZONE = "Asia/Jakarta"

# One proxy of ours in front: it says from which address somebody comes, and that they came by https.
BEHIND_PROXY = env.flag("BEHIND_PROXY", PRODUCTION)

# People and sessions
AUTH_USER_MODEL = "registry.User"
AUTHENTICATION_BACKENDS = ["registry.sign_in.NipOrUsernameBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if APP_MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # made to be fast, not safe
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/kantor/"
ACCOUNT_ADAPTER = "registry.sign_in.StaffAccountAdapter"
ACCOUNT_FORMS = {"login": "registry.forms.StaffLoginForm"}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/akun/login/"
ACCOUNT_USER_DISPLAY = "registry.staff.display_name"
ACCOUNT_SESSION_REMEMBER = False
# By account first: two hundred colleagues behind one address must not lock each other out.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "60/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0
MFA_ADAPTER = "registry.sign_in.StaffMfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "ASN Peduli Pekerja Rentan"
MFA_TOTP_TOLERANCE = 1
STAFF_IDLE_SECONDS = env.number("STAFF_IDLE_SECONDS", 15 * 60, at_least=60)
STAFF_SESSION_SECONDS = env.number("STAFF_SESSION_SECONDS", 8 * 3600, at_least=60)
DONOR_IDLE_SECONDS = env.number("DONOR_IDLE_SECONDS", 30 * 60, at_least=60)
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = STAFF_SESSION_SECONDS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "registry.views.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION

# Headers
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
# Not no-referrer: Chromium then posts "Origin: null" and the CSRF check refuses every form.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [BASE_URL] if PRODUCTION else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
PERMISSIONS_POLICY = {
    name: []
    for name in (
        "accelerometer",
        "camera",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "payment",
        "usb",
    )
}

# Language, zone, money
LANGUAGE_CODE = "id"
LANGUAGES = [("id", "Bahasa Indonesia")]
TIME_ZONE = "Asia/Jakarta"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False

# Static files: built ones (the web font subset) come from VAR_DIR, nothing third-party is in the repository.
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static", VAR_DIR / "static-built"]
(VAR_DIR / "static-built").mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        # Manifest storage in a live test server answers 404 for every style sheet, and an axe run then reports
        # a false zero.
        if APP_MODE == "test" and not env.flag("TEST_COLLECTED_STATIC")
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = APP_MODE == "test"
# Source maps are half of all bytes and nobody's first page: not worth 30 s of brotli.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    "jpg",
    "jpeg",
    "png",
    "gif",
    "webp",
    "woff",
    "woff2",
    "br",
    "gz",
    "map",
    "txt",
)

# Uploads are kept in memory without a name: Django's own handlers would leave a scan in plain in /tmp when the process
# dies. More than a paper may weigh is dropped while it streams in; the papers' own limits are in
# registry.rules.documents.
FILE_UPLOAD_HANDLERS = ["registry.uploads.UnnamedUpload"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 12

# Messages leave through the outbox (registry.models.message); these are its channels.
EMAIL_CONFIG = environ.Env.email_url_config(env.text("EMAIL_URL", None if PRODUCTION else "dummymail://"))
vars().update({key: value for key, value in EMAIL_CONFIG.items() if key.startswith("EMAIL_")})
if PRODUCTION and not EMAIL_CONFIG["EMAIL_BACKEND"].endswith(".smtp.EmailBackend"):
    raise env.EnvironmentProblem(
        "EMAIL_URL names no mail server; codes and links would lie in a log or a file."
    )
# A mail server that does not answer must not hold up the other messages.
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("FROM_EMAIL", "bantuan@contoh.example")
SMS_URL = os.environ.get("SMS_URL", "")
WHATSAPP_URL = os.environ.get("WHATSAPP_URL", "")
# Root certificates (PEM) whose certified electronic signatures count instead of ink; empty: ink only. Demo mode has a
# rehearsal authority of its own, made at the first use.
SIGNATURE_ROOTS = env.text(
    "SIGNATURE_ROOTS", "" if APP_MODE != "demo" else str(VAR_DIR / "signing" / "root.pem")
)
MESSAGES_SHOWN = not PRODUCTION

# Bank files by SFTP (autodebit.sftp); None: they are downloaded and handed over by a person.
SFTP = env.sftp()

RATELIMIT_ENABLE = env.flag("RATELIMIT_ENABLE", APP_MODE != "test")
if PRODUCTION and not RATELIMIT_ENABLE:
    raise env.EnvironmentProblem("RATELIMIT_ENABLE is off; production refuses it.")
# Without it every visitor of a production would count as one: the proxy.
RATELIMIT_IP_META_KEY = "registry.doors.address_of"
SILENCED_SYSTEM_CHECKS: list[str] = []
TEST_RUNNER = "django.test.runner.DiscoverRunner"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "registry.redaction.Redact"}},
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact"]}},
    "root": {
        "handlers": ["console"],
        "level": env.text("LOG_LEVEL", "WARNING" if APP_MODE == "test" else "INFO"),
    },
    # Django's own handlers write without the filter: everything goes the one way that masks.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": ["console"], "propagate": False},
        # Libraries that tell every step of their work at INFO.
        **{name: {"level": "WARNING"} for name in ("weasyprint", "fontTools", "pikepdf", "PIL")},
    },
}
