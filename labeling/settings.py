"""Every knob, read from the environment with a default that is safe on a laptop. ``docs/operations.md`` lists them."""

import os
from pathlib import Path

import dj_database_url

from labeling.embedded import var


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, str(int(default))).lower() in {"1", "true", "yes", "on"}


def _words(name: str, default: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = var()

# --- who may call ---------------------------------------------------------------------------------------------------
DEBUG = _flag("LOOKTAG_DEBUG", False)
SECRET_KEY = os.environ.get("LOOKTAG_SECRET_KEY", "")
if not SECRET_KEY:
    # A laptop gets a key of its own, made once and kept; a cluster names one, so that all its processes share it.
    key_file = VAR_DIR / "secret.key"
    if not key_file.exists():
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        draft = key_file.with_suffix(f".{os.getpid()}")
        draft.write_text(os.urandom(32).hex())
        draft.chmod(0o600)
        try:
            os.link(draft, key_file)
        except FileExistsError:
            draft.unlink()
        else:
            draft.unlink()
    SECRET_KEY = key_file.read_text()
ALLOWED_HOSTS = _words("LOOKTAG_HOSTS", "127.0.0.1,localhost,[::1],testserver")
CSRF_TRUSTED_ORIGINS = _words("LOOKTAG_ORIGINS", "")
HTTPS = _flag("LOOKTAG_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"

# --- the house ------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "labeling.common",
    "labeling.accounts",
    "labeling.catalog",
    "labeling.brands",
    "labeling.notices",
    "labeling.inference",
    "labeling.annotation",
    "labeling.tags",
    "labeling.datasets",
    "labeling.training",
    "labeling.serving",
    "labeling.api",
    "labeling.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "labeling.common.static.StaticFilesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "labeling.urls"
WSGI_APPLICATION = "labeling.wsgi.application"
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
                "labeling.web.navigation.navigation",
            ]
        },
    }
]
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["labeling.accounts.backends.PreparedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- the servers ----------------------------------------------------------------------------------------------------
DATABASES = {"default": dj_database_url.parse(os.environ.get("DATABASE_URL", "postgres:///looktag"), conn_max_age=60)}
# Not behind a proxy that lends sessions out between transactions.
PREPARED_STATEMENTS = os.environ.get("LOOKTAG_PREPARE", "1") == "1"
if PREPARED_STATEMENTS:
    # One plan for all values. By itself PostgreSQL would take ten for the length of any list, and plan every call anew.
    _options: dict[str, str] = DATABASES["default"].setdefault("OPTIONS", {})
    _options["options"] = f"{_options.get('options', '')} -c plan_cache_mode=force_generic_plan".strip()
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "labeling.common.cache.KeptRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "looktag",
    }
}

# A session is read from the cache and kept in the database, so that a cache that is lost logs nobody out.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL") or REDIS_URL.replace("unix://", "redis+socket://", 1)
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    # A person waits for these, so they have a queue that no long scan fills.
    "labeling.inference.tasks.retrieve_candidates": {"queue": "fast"},
    "labeling.serving.tasks.answer_query": {"queue": "query"},
    # What is new in the catalogue must not stand behind a long scan either.
    "labeling.inference.tasks.sync_indexes": {"queue": "fast"},
    "labeling.inference.tasks.sweep_scans": {"queue": "default"},
    "labeling.inference.tasks.sweep_retrievals": {"queue": "default"},
    "labeling.inference.tasks.*": {"queue": "gpu"},
    "labeling.datasets.tasks.look_for_alikes": {"queue": "gpu"},
    "labeling.datasets.tasks.draw_map": {"queue": "gpu"},
    # A trainer is busy for hours; what only looks and nudges is done beside it.
    "labeling.training.tasks.sweep_runs": {"queue": "default"},
    "labeling.training.tasks.follow_schedules": {"queue": "default"},
    **{f"labeling.training.tasks.{name}": {"queue": "promote"} for name in ("compare_versions", "conclude_promotion")},
    "labeling.training.tasks.*": {"queue": "train"},
    # Shoppers see within seconds what was learned of them, whatever else is waiting.
    "labeling.serving.tasks.learn_live": {"queue": "live"},
}
# Rows are the queue, so a task that died with its worker is nudged again by the beat and needs no redelivery.
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A process of a worker reads its models before it takes work, which may take a while the first time.
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 600.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "sweep-scans": {"task": "labeling.inference.tasks.sweep_scans", "schedule": 15.0},
    "sweep-retrievals": {"task": "labeling.inference.tasks.sweep_retrievals", "schedule": 15.0},
    # What the beat says again soon is not worth saying late.
    "sync-indexes": {"task": "labeling.inference.tasks.sync_indexes", "schedule": 10.0, "options": {"expires": 10}},
    "tidy-indexes": {"task": "labeling.inference.tasks.tidy_indexes", "schedule": 3600.0, "options": {"expires": 3600}},
    "settle-assignments": {"task": "labeling.datasets.tasks.settle_waiting", "schedule": 15.0},
    "sweep-jobs": {"task": "labeling.datasets.tasks.sweep_jobs", "schedule": 15.0},
    "sweep-likeness": {"task": "labeling.datasets.tasks.sweep_likeness", "schedule": 20.0},
    "weigh-pairs": {"task": "labeling.datasets.tasks.weigh_pairs", "schedule": 60.0, "options": {"expires": 60}},
    "sweep-reports": {"task": "labeling.datasets.tasks.sweep_reports", "schedule": 30.0},
    "tend-campaigns": {"task": "labeling.annotation.tasks.tend_campaigns", "schedule": 15.0},
    "sweep-leases": {"task": "labeling.annotation.tasks.sweep_leases", "schedule": 60.0},
    "order-by-gain": {"task": "labeling.annotation.tasks.order_by_gain", "schedule": 300.0},
    "measure-skills": {"task": "labeling.annotation.tasks.measure_skills", "schedule": 300.0},
    "publish-sure": {"task": "labeling.tags.tasks.publish_sure", "schedule": 30.0},
    "audit-published": {"task": "labeling.tags.tasks.audit_published", "schedule": 30.0},
    "tell-waiting": {"task": "labeling.tags.tasks.tell_waiting", "schedule": 60.0},
    "sweep-notices": {"task": "labeling.notices.tasks.sweep_notices", "schedule": 15.0},
    "watch-pages": {"task": "labeling.tags.tasks.watch_pages", "schedule": 10.0},
    "sweep-claims": {"task": "labeling.brands.tasks.sweep_claims", "schedule": 60.0},
    "sweep-policies": {"task": "labeling.tags.tasks.sweep_policies", "schedule": 5.0},
    "sweep-runs": {"task": "labeling.training.tasks.sweep_runs", "schedule": 15.0},
    "follow-schedules": {"task": "labeling.training.tasks.follow_schedules", "schedule": 60.0},
    "order-work": {"task": "labeling.serving.tasks.order_work", "schedule": 60.0},
    "ask-where-shoppers-look": {"task": "labeling.serving.tasks.ask_where_shoppers_look", "schedule": 300.0},
    "measure-experiments": {"task": "labeling.serving.tasks.measure_experiments", "schedule": 30.0},
    "fit-rankings": {"task": "labeling.serving.tasks.fit_rankings", "schedule": 600.0},
    "learn-live": {"task": "labeling.serving.tasks.learn_live", "schedule": 1.0, "options": {"expires": 2.0}},
    "keep-months": {"task": "labeling.serving.tasks.keep_months", "schedule": 6 * 3600.0},
}

# --- telling owners -------------------------------------------------------------------------------------------------
# Where this house is reached, for links in what is sent out.
SITE = os.environ.get("LOOKTAG_SITE", "http://127.0.0.1:8000").rstrip("/")
EMAIL_HOST = os.environ.get("LOOKTAG_EMAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("LOOKTAG_EMAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("LOOKTAG_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("LOOKTAG_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = _flag("LOOKTAG_EMAIL_TLS", True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = os.environ.get("LOOKTAG_EMAIL_FROM", "Looktag <looktag@localhost>")

# --- files ----------------------------------------------------------------------------------------------------------
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"
MODELS_ROOT = VAR_DIR / "models"
INDEX_ROOT = VAR_DIR / "indexes"
SNAPSHOT_ROOT = VAR_DIR / "snapshots"
RANKER_ROOT = VAR_DIR / "rankers"
EXPORT_ROOT = VAR_DIR / "exports"
IMPORT_ROOT = VAR_DIR / "imports"
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
IMAGE_MAX_BYTES = int(os.environ.get("LOOKTAG_IMAGE_MAX_BYTES", 30_000_000))
IMAGE_MAX_PIXELS = int(os.environ.get("LOOKTAG_IMAGE_MAX_PIXELS", 60_000_000))
DATA_UPLOAD_MAX_MEMORY_SIZE = IMAGE_MAX_BYTES

# --- models ---------------------------------------------------------------------------------------------------------
DETECTION_MIN_SCORE = float(os.environ.get("LOOKTAG_DETECTION_MIN_SCORE", "0.2"))
DETECTIONS_MAX = int(os.environ.get("LOOKTAG_DETECTIONS_MAX", "40"))
CANDIDATES = int(os.environ.get("LOOKTAG_CANDIDATES", "27"))
# Categories of fewer products are searched exactly; empty: from the size on where approximate search is measured to pay.
INDEX_EXACT_BELOW = int(os.environ.get("LOOKTAG_INDEX_EXACT_BELOW") or 0) or None
# The share of the true candidates that approximate search is tuned to find, and how often it is checked against exact.
INDEX_RECALL = float(os.environ.get("LOOKTAG_INDEX_RECALL", "0.97"))
# An index that finds less than this of what exact search finds, in any category, does not go live.
INDEX_RECALL_LEAST = float(os.environ.get("LOOKTAG_INDEX_RECALL_LEAST", "0.9"))
INDEX_RECALL_ONE_IN = int(os.environ.get("LOOKTAG_INDEX_RECALL_ONE_IN", "100"))
# Whether the words around a scene may re-order candidates, where an embedder came with the proof that it pays.
CONTEXT = os.environ.get("LOOKTAG_CONTEXT", "1") != "0"
# "auto" takes the fastest runtime that finds what PyTorch finds, in bfloat16 where the machine has it; "float32" the fastest
# in float32; "eager" PyTorch as it is.
RUNTIME = os.environ.get("LOOKTAG_RUNTIME", "auto")
WORKERS = int(os.environ.get("LOOKTAG_WORKERS", "2"))
# The cores are shared out among the processes of a worker; more threads than cores would only wait for one another.
MODEL_THREADS = int(os.environ.get("LOOKTAG_MODEL_THREADS", max(1, (os.cpu_count() or 1) // WORKERS)))
# How many seconds of training a killed worker may lose.
TRAIN_SAVE_SECONDS = float(os.environ.get("LOOKTAG_TRAIN_SAVE_SECONDS", "60"))
# How long a price and a stock hold where their source does not say; 0: for good. Product pages behind live tags are looked at,
# one at a time a host with a pause in between.
FRESH_DAYS = float(os.environ.get("LOOKTAG_FRESH_DAYS", "3"))
WATCH_PAGES = _flag("LOOKTAG_WATCH_PAGES", True)
PAGE_HOST_SECONDS = float(os.environ.get("LOOKTAG_PAGE_HOST_SECONDS", "10"))
LEASE_SECONDS = int(os.environ.get("LOOKTAG_LEASE_SECONDS", "600"))

# --- brand owners ---------------------------------------------------------------------------------------------------
# How long a token waits to be found, how often a proof is looked at again, and how long it may be missing.
CLAIM_TOKEN_DAYS = int(os.environ.get("LOOKTAG_CLAIM_TOKEN_DAYS", "30"))
CLAIM_RECHECK_HOURS = int(os.environ.get("LOOKTAG_CLAIM_RECHECK_HOURS", "24"))
CLAIM_GRACE_DAYS = int(os.environ.get("LOOKTAG_CLAIM_GRACE_DAYS", "7"))

# --- looks ----------------------------------------------------------------------------------------------------------
# The share of looks whose first tags are shown in a random order, with known chances.
EXPLORE_SHARE = float(os.environ.get("LOOKTAG_EXPLORE_SHARE", "0.02"))
# What an address may do: events are refused beyond the first, and what is done beyond the second teaches nothing.
EVENTS_A_MINUTE = int(os.environ.get("LOOKTAG_EVENTS_A_MINUTE", "600"))
DEEDS_AN_HOUR = int(os.environ.get("LOOKTAG_DEEDS_AN_HOUR", "300"))
# Whoever does something sooner after a look was served is no person.
HASTY_SECONDS = float(os.environ.get("LOOKTAG_HASTY_SECONDS", "0.3"))
# Pictures that were never seen: how many may be looked at or wait at once, how long their askers wait, and how large they are.
QUERIES_WAITING = int(os.environ.get("LOOKTAG_QUERIES_WAITING", "4"))
QUERIES_A_MINUTE = int(os.environ.get("LOOKTAG_QUERIES_A_MINUTE", "30"))
QUERY_SECONDS = int(os.environ.get("LOOKTAG_QUERY_SECONDS", "8"))
QUERY_MAX_BYTES = int(os.environ.get("LOOKTAG_QUERY_MAX_BYTES", "10_000_000"))
# How many months of events are kept; 0: all.
EVENTS_MONTHS = int(os.environ.get("LOOKTAG_EVENTS_MONTHS", "0"))
# Which sites' pages may show looks: origins with scheme, or * for any.
EMBED_ORIGINS = _words("LOOKTAG_EMBED_ORIGINS", "*")
# How many proxies of ours stand before us, each of which adds the address it was called from.
PROXIES = int(os.environ.get("LOOKTAG_PROXIES", "0"))

# --- language -------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# --- the API --------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "rest_framework.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "labeling.api.schema.NamedByView",
    "EXCEPTION_HANDLER": "labeling.api.errors.handle",
    "NUM_PROXIES": PROXIES,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Looktag",
    "DESCRIPTION": "Human-in-the-loop labeling of scene-product pairs, and the looks that come of it.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    # Several resources have a field of this name, each with values of its own.
    "ENUM_NAME_OVERRIDES": {
        "WorkKindEnum": "labeling.annotation.models.Kind",
        "TagStateEnum": "labeling.tags.models.Tag.State",
    },
    # The documentation's scripts come with the application, so that it also opens without a way to the internet.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("LOOKTAG_LOG_LEVEL", "WARNING")},
}
