"""The composition root: settings become adapters, a desk, and the two applications."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import secure
from flask import Flask, Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_openapi3.openapi import OpenAPI
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from backend import settings as environment
from backend.adapters import listeners, logs
from backend.adapters.clock import SystemClock
from backend.adapters.encryption import FernetCipher
from backend.adapters.queue import HueyQueue
from backend.adapters.rasa import RasaBot
from backend.adapters.sandbox_carrier import SandboxCarrier
from backend.adapters.twilio import TwilioCarrier
from backend.db.session import Database
from backend.services.desk import Desk
from backend.services.ports import Carrier, Errand
from backend.services.staff import SESSION_LIFE
from backend.settings import Settings, SettingsError
from backend.web import errors, health, pages
from backend.web.api import routes
from backend.web.internal import routes as internal
from backend.web.session import bearer_token, current_staff
from backend.web.webhooks import twilio

__all__ = ["SettingsError"]

MOST_BYTES = 1_000_000
# Requests of one person (of one address, for signing in), and less for what costs money or time.
LIMIT = "600 per minute"
LIMITS = {
    "sign_in.submit": "10 per minute",
    "api.chat": "240 per minute",
    "api.available_numbers": "60 per minute",
    "api.create_number": "60 per minute",
    "api.create_campaign": "60 per minute",
    "api.change_campaign": "60 per minute",
}
SANDBOX_ERRAND = Errand("deliver_sandbox_webhooks", "")
WEB = Path(__file__).parent / "web"


@dataclass(frozen=True)
class Workshop:
    """The desk with what only the composition root and the worker handle."""

    settings: Settings
    desk: Desk
    queue: HueyQueue
    sandbox: SandboxCarrier | None

    def readiness(self) -> dict[str, Callable[[], bool]]:
        """Each part that must work for the product to, by name."""
        return {
            "database": self.desk.db.check,
            "queue": self.queue.is_ready,
            "rasa": self.desk.bot.is_ready,
            "internal": lambda: listeners.answers(f"{self.settings.internal_url}/healthz"),
            "actions": lambda: listeners.answers(f"{self.settings.actions_url}/health"),
        }


def open_workshop(settings: Settings | None = None) -> Workshop:
    """Put everything together from the settings of this process.

    Raises `SettingsError` naming every fault.
    """
    chosen = settings or environment.from_process()
    logs.keep_discreet()
    clock = SystemClock()
    queue = HueyQueue(chosen.queue_file, chosen.redis_url)
    sandbox = None
    carrier: Carrier
    if chosen.carrier == "sandbox":
        carrier = sandbox = SandboxCarrier(
            chosen.sandbox_file,
            public_url=chosen.public_url,
            deliver_to=f"http://127.0.0.1:{chosen.port}",
            on_webhook=lambda delay_s: queue.enqueue(SANDBOX_ERRAND, delay_s),
            clock=clock,
            registration_s=chosen.sandbox_registration_s,
        )
    else:
        carrier = TwilioCarrier(api_base=chosen.twilio_api_base or None)
    desk = Desk(
        db=Database(chosen.database_url),
        clock=clock,
        carrier=carrier,
        bot=RasaBot(chosen.rasa_url, chosen.rasa_channel_secret),
        queue=queue,
        cipher=FernetCipher(chosen.encryption_keys),
        public_url=chosen.public_url,
        simulator=sandbox,
    )
    return Workshop(chosen, desk, queue, sandbox)


def serve_public() -> Flask:
    """The public application of this process, for a WSGI server."""
    return public_app(open_workshop())


def serve_internal() -> Flask:
    """The internal application of this process, for a WSGI server."""
    return internal_app(open_workshop())


def public_address() -> str:
    """Where the public listener binds; loopback, as a proxy stands before it in production."""
    return f"127.0.0.1:{environment.from_process().port}"


def internal_address() -> str:
    """Where the internal listener binds."""
    return environment.from_process().internal_url.split("//", 1)[1]


def public_app(workshop: Workshop) -> Flask:
    """What faces the world: pages, webhooks, the JSON API."""
    app = OpenAPI(
        "backend.web",
        info=routes.INFO,
        security_schemes=routes.SECURITY_SCHEMES,
        validation_error_callback=routes.refuse_invalid,
        validation_error_model=routes.ProblemOut,
        doc_prefix=routes.PREFIX,
        template_folder=str(WEB / "templates"),
        static_folder=str(WEB / "static"),
    )
    _prepare(app, workshop)
    app.config.update(
        SECRET_KEY=workshop.settings.secret_key,
        SESSION_COOKIE_NAME="numberdesk",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=workshop.settings.public_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=SESSION_LIFE,
        WTF_CSRF_CHECK_DEFAULT=False,  # decided for each request below
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
    )
    _guard(app)
    _believe_proxies(app, workshop.settings.trusted_proxies)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(twilio.blueprint)
    app.register_api(routes.api)
    for blueprint in pages.blueprints():
        app.register_blueprint(blueprint)
    _limit(app)

    @app.context_processor
    def _on_every_page() -> dict[str, object]:
        return {"is_sandbox": workshop.desk.simulator is not None, "me": current_staff()}

    return app


def internal_app(workshop: Workshop) -> Flask:
    """What only the action server reaches, on its own listener with its own threads."""
    app = Flask("backend.web.internal", static_folder=None)
    _prepare(app, workshop)
    app.config["HAS_PAGES"] = False
    app.register_blueprint(internal.blueprint)
    app.add_url_rule("/healthz", view_func=health.healthz)
    return app


def _prepare(app: Flask, workshop: Workshop) -> None:
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.config["HAS_PAGES"] = True
    app.extensions["desk"] = workshop.desk
    app.extensions["readiness"] = workshop.readiness()
    errors.register(app)


def _guard(app: Flask) -> None:
    csrf = CSRFProtect(app)
    headers = secure.Secure(
        csp=secure.ContentSecurityPolicy()
        .default_src("'self'")
        .base_uri("'none'")
        .form_action("'self'")
        .frame_ancestors("'none'")
        .object_src("'none'"),
        hsts=secure.StrictTransportSecurity().max_age(31_536_000),
        referrer=secure.ReferrerPolicy().same_origin(),
        xcto=secure.XContentTypeOptions(),
        xfo=secure.XFrameOptions().deny(),
    )

    @app.before_request
    def _admit_files() -> None:
        # Before the form is read. Who is not signed in has nothing to upload.
        larger = pages.LARGER_UPLOADS.get(request.endpoint or "")
        if larger is not None and current_staff() is not None:
            request.max_content_length = larger

    @app.before_request
    def _against_forgery() -> None:
        # Webhooks prove themselves by signature; a bearer token is never sent unasked.
        signed = request.path.startswith("/webhooks/")
        by_cookie = not _is_api() or (bearer_token() is None and current_staff() is not None)
        if not signed and by_cookie:
            csrf.protect()

    @app.after_request
    def _with_headers(response: Response) -> Response:
        headers.set_headers(response)
        if not request.path.startswith("/static/"):
            response.headers["Cache-Control"] = "no-store"
        return response


def _believe_proxies(app: Flask, count: int) -> None:
    """Take the client's address from as many proxies as stand before us, and from no more."""
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]


def _is_api() -> bool:
    return request.path.startswith(routes.PREFIX)


def _limit(app: Flask) -> None:
    # In memory: a limit for each process, which no other service can take down.
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://", headers_enabled=True)
    for endpoint, view in app.view_functions.items():
        is_api = endpoint.startswith("api.") and endpoint != "api.static"
        limit = LIMITS.get(endpoint, LIMIT if is_api else None)
        if limit is not None:
            key = routes.asker_key if is_api else get_remote_address
            limited: Any = limiter.limit(limit, key_func=key)(view)
            app.view_functions[endpoint] = limited
