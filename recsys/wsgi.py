"""The WSGI application that the web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recsys.settings")
application = get_wsgi_application()

# What is loaded now stays: looking through it for garbage, again and again, took a third of the
# time in which an answer with rules is put together.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 20)
