"""One settings file for every environment; what differs comes from environment variables."""

from pathlib import Path
from typing import Any

import structlog
from environs import Env, validate

from recsys import schedule
from recsys.modalities import parse_modalities

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent
env.read_env(str(BASE_DIR / ".env"))

# Everything the embedded defaults write lies in one folder.
VAR_DIR = Path(env.str("VAR_DIR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", False)
DEMO_SHOP = env.bool("DEMO_SHOP", False)


def _secret_key() -> str:
    """A key of this installation's own, made once, so that no default is ever shared."""
    from django.core.management.utils import get_random_secret_key

    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key())
    return path.read_text()


SECRET_KEY = env.str("SECRET_KEY", "") or _secret_key()
# Health checks of this very machine always get through.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", ["localhost", "[::1]"]), "127.0.0.1"]
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])

INSTALLED_APPS = [
    "corsheaders",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "axes",
    "recsys",
    "catalog",
    "users",
    "fusion",
    *(["demo"] if DEMO_SHOP else []),
]

MIDDLEWARE = [
    "recsys.problems.NoErrorPages",  # around all that may answer with an error
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",  # before whatever may answer
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "recsys.page_middleware.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "recsys.page_middleware.Authentication",
    "recsys.page_middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "recsys.page_middleware.ContentSecurityPolicy",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "recsys.urls"
WSGI_APPLICATION = "recsys.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "recsys" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Database ----------------------------------------------------------------
DATABASES: dict[str, Any] = {
    "default": env.dj_db_url("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets readers go on while one process writes; IMMEDIATE makes a writer wait for
    # its turn at BEGIN instead of failing half-way.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"]["ENGINE"] = "recsys.postgresql"
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)
    # A pooler in between that knows nothing of prepared statements needs False.
    if env.bool("DATABASE_PREPARE", True):
        DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 5
# Seconds that a request for recommendations waits for a database that restarts.
DATABASE_WAIT_SECONDS = env.float("DATABASE_WAIT_SECONDS", 10.0)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Access ------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "429.html"
# Proxies in front that add to X-Forwarded-For; without any, the header is anybody's word.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
AXES_IPWARE_PROXY_COUNT = TRUSTED_PROXIES or None
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if TRUSTED_PROXIES else ["REMOTE_ADDR"]
)

HTTPS = env.bool("HTTPS", False)  # true behind a TLS proxy that sets X-Forwarded-Proto
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31536000
    SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
# Web pages of these origins may send events with any publishable key, beside those that the
# key itself lists; nothing else is opened.
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])
CORS_URLS_REGEX = r"^/api/v1/events$"
CORS_ALLOW_METHODS = ["POST"]
CORS_ALLOW_HEADERS = ["authorization", "content-type", "idempotency-key"]
CORS_EXPOSE_HEADERS = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", *env.list("MEDIA_ORIGINS", [])],
        "style-src": ["'self'", "'unsafe-inline'"],
        # The admin theme's Alpine.js evaluates expressions in attributes.
        "script-src": ["'self'", "'unsafe-inline'", "'unsafe-eval'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
    }
}

# --- Language, time, files ---------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = ["recsys.formats"]
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)  # WhiteNoise warns at every start while it is missing
WHITENOISE_USE_FINDERS = True  # static files work without `collectstatic`
MEDIA_URL = env.str("MEDIA_URL", "media/")
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(VAR_DIR / "media")))

# --- Admin theme -------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "Recommendations",
    "SITE_HEADER": "Recommendations",
    "SITE_SUBHEADER": "Console",
    "SITE_SYMBOL": "join_inner",
    "SITE_URL": "/shop/" if DEMO_SHOP else "/api/docs/",
    "SHOW_BACK_BUTTON": True,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "fusion.admin.navigation.icon"}
    ],
    "STYLES": ["fusion.admin.navigation.stylesheet"],
    "SCRIPTS": ["fusion.admin.navigation.script"],
    "DASHBOARD_CALLBACK": "fusion.admin.dashboard.add_figures",
    "SIDEBAR": {"navigation": "fusion.admin.navigation.sidebar"},
    "COLORS": {
        "primary": {
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(78.5% .115 274.713)",
            "400": "oklch(67.3% .182 276.935)",
            "500": "oklch(58.5% .233 277.117)",
            "600": "oklch(51.1% .262 276.966)",
            "700": "oklch(45.7% .24 277.023)",
            "800": "oklch(39.8% .195 277.366)",
            "900": "oklch(35.9% .144 278.697)",
            "950": "oklch(25.7% .09 281.288)",
        }
    },
}

# --- REST --------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.authentication.ApiKeyAuthentication"],
    # Denies every view that names no scope, so a forgotten line never opens a door.
    "DEFAULT_PERMISSION_CLASSES": [
        "users.rate_limit.WithinRateLimit",
        "users.authentication.HasRequiredScope",
    ],
    "DEFAULT_RENDERER_CLASSES": ["recsys.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["catalog.parsers.OrjsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "recsys.negotiation.QuickNegotiation",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "recsys.pagination.NewestFirstPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "recsys.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # there is one format; `?format=` is a misspelt field
    "PAGE_SIZE": 50,
}
# Calls a minute by kind of key; 0 is no limit. A key can have a limit of its own.
API_RATE_LIMITS = {
    "secret": env.int("API_SECRET_KEY_LIMIT", 120_000),
    "publishable": env.int("API_PUBLISHABLE_KEY_LIMIT", 12_000),
}
# --- Privacy -------------------------------------------------------------------
# What the apps keep of shoppers beside events, by name.
SHOPPER_KEEPERS = ["fusion.shopper_keeper.ServingKeeper"]
# Events older than this are deleted every day; 0 keeps them for ever.
EVENT_RETENTION_DAYS = env.int("EVENT_RETENTION_DAYS", 0)

SPECTACULAR_SETTINGS = {
    "TITLE": "Recommendations API",
    "DESCRIPTION": "Send what shoppers do, ask what to show them next.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "recsys.openapi.describe_problems",
    ],
    "ENUM_NAME_OVERRIDES": {  # several fields are called "status" or "kind"
        "EventKind": "users.models.EventKind",
        "ShopperKind": "users.models.ShopperKind",
        "TrainingRunStatus": "fusion.models.TrainingRun.Status",
        "ModelVersionStatus": "fusion.models.ModelVersion.Status",
        "Step": "fusion.serializers.STEPS",
    },
}

# --- Redis and Celery --------------------------------------------------------


def _redis_url() -> str:
    """`REDIS_URL`, else the embedded server's address, else the usual port."""
    address = VAR_DIR / "redis" / "url"
    known = address.read_text().strip() if address.exists() else "redis://127.0.0.1:6379/0"
    return env.str("REDIS_URL", known)


REDIS_URL = _redis_url()
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True  # what a task did is in the database, not in Redis
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
# A killed worker's task is delivered again, so every task must be safe to repeat.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_IMPORTS = ["fusion.comparison.asking", "fusion.retraining"]  # tasks outside of tasks.py
CELERY_TASK_ROUTES = {
    "fusion.train_version": {"queue": "train"},  # minutes to hours; one at a time
    "fusion.encode_*": {"queue": "content"},  # a GPU or all cores for seconds
    "fusion.compare_versions": {"queue": "content"},  # loads models, for seconds
    "fusion.check_picture_fit": {"queue": "content"},  # all cores for seconds to minutes, daily
}
# Redis hands an unacknowledged task to a second worker after this many seconds. Tasks claim
# their rows, so a second delivery is harmless.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 12 * 60 * 60,
    # A silent Redis must not hold a web thread; longer than the worker's own blocking pop.
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
# A training worker silent for this long is dead, and another one goes on with its run.
FUSION_TRAINING_LEASE_SECONDS = env.float("FUSION_TRAINING_LEASE_SECONDS", 120.0)
SWEEP_EVERY_S = max(1.0, FUSION_TRAINING_LEASE_SECONDS / 4)
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = schedule.entries(sweep_every_s=SWEEP_EVERY_S)

# --- Health and metrics: what the apps add, by name ----------------------------
HEALTH_CHECKS = {
    "active_version": "fusion.serving.status.active_version",
    "serve_workers": "fusion.serving.status.serve_workers",
}
METRICS_COLLECTORS = [
    "fusion.serving.counters.ServingCollector",
    "fusion.serving.fleet_metrics.FleetCollector",
    "users.metrics.RateLimitCollector",
]

# --- Fusion model ------------------------------------------------------------
FUSION_ARTIFACT_DIR = Path(env.str("FUSION_ARTIFACT_DIR", str(VAR_DIR / "artifacts")))
FUSION_CHECKPOINT_DIR = Path(env.str("FUSION_CHECKPOINT_DIR", str(VAR_DIR / "checkpoints")))
# Modality -> encoder; see docs/how-to/add-a-modality.md.
FUSION_MODALITIES = parse_modalities(
    env.str("FUSION_MODALITIES", "text=minilm,image=efficientnet-lite0")
)
FUSION_DEVICE = env.str("FUSION_DEVICE", "auto")  # auto | cpu | cuda
# How the products of an answer are found; see docs/how-to/vector-search.md.
FUSION_RETRIEVAL = env.str(
    "FUSION_RETRIEVAL", "auto", validate=validate.OneOf(["auto", "exact", "clusters", "qdrant"])
)
FUSION_ANN_ABOVE = env.int("FUSION_ANN_ABOVE", 200_000)  # products; "auto" scores so many in full
FUSION_QDRANT_URL = env.str("FUSION_QDRANT_URL", "http://localhost:6333")
FUSION_QDRANT_API_KEY = env.str("FUSION_QDRANT_API_KEY", "")
# Processes that train one model together: one per GPU; on CPUs one is mostly best.
FUSION_TRAINING_PROCESSES = env.int("FUSION_TRAINING_PROCESSES", 1)
# A candidate may be this share worse than the active version before the gate calls it worse.
FUSION_GATE_MARGIN = env.float("FUSION_GATE_MARGIN", 0.02)
# Milliseconds a request waits for a serve worker before the next fallback answers.
FUSION_SERVE_DEADLINE_MS = env.int("FUSION_SERVE_DEADLINE_MS", 250)
FUSION_SERVE_QUEUE_LIMIT = env.int("FUSION_SERVE_QUEUE_LIMIT", 256)
# How long the model's answers are kept: of a shopper or product as such, and of questions that
# only one page asks (with a context, a filter or exclusions).
FUSION_HOT_LIST_SECONDS = env.int("FUSION_HOT_LIST_SECONDS", 24 * 60 * 60)
FUSION_PASSING_LIST_SECONDS = env.int("FUSION_PASSING_LIST_SECONDS", 10 * 60)
# How many shoppers are ranked for before they ask, and how many minutes ago they may have acted;
# 0 shoppers: none.
FUSION_PRECOMPUTE_SHOPPERS = env.int("FUSION_PRECOMPUTE_SHOPPERS", 500)
FUSION_PRECOMPUTE_MINUTES = env.int("FUSION_PRECOMPUTE_MINUTES", 60)
# Which share of the answers is written to the database, and for how many days; clicks on other
# ones are in nobody's figures. Kept at least as long as the figures still change.
FUSION_SERVED_LIST_SHARE = env.float("FUSION_SERVED_LIST_SHARE", 1.0)
FUSION_SERVED_LIST_DAYS = env.int("FUSION_SERVED_LIST_DAYS", 90)
# How long after an answer a click or a purchase counts for it.
FUSION_ATTRIBUTION_DAYS = env.int("FUSION_ATTRIBUTION_DAYS", 7)

# --- Pictures ----------------------------------------------------------------
CATALOG_IMAGE_MAX_BYTES = env.int("CATALOG_IMAGE_MAX_BYTES", 10 * 1024 * 1024)
CATALOG_IMAGE_MAX_PIXELS = env.int("CATALOG_IMAGE_MAX_PIXELS", 40_000_000)

# --- Logs --------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": [
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(),
                structlog.processors.TimeStamper(fmt="iso"),
            ],
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(default=str),
            ],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {"axes": {"level": "WARNING"}},
}
