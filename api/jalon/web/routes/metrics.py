"""/metrics: what is measured and counted, for Prometheus."""

from __future__ import annotations

from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from jalon.web.metrics import Metrics


def add_metrics(app: FastAPI, metrics: Metrics) -> None:
    """Adds /metrics; it is the same for everybody, and kept by nobody."""

    @app.get("/metrics", response_class=Response, include_in_schema=False)
    async def measured() -> Response:
        headers = {"Cache-Control": "no-store"}
        return Response(metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4, headers=headers)
