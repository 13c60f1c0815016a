"""The sentiment service: `uvicorn reference_app.service:app --port 8000`.

Environment: `S3_BUCKET` names the bucket of the model, `MODEL_KEY` its key there (classifier.joblib), and
botocore reads its own variables (`AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_PROFILE`, and those of credentials).
The model is read once, before the port opens. Where it cannot be read, one line on standard output says why,
and uvicorn ends with exit code 3: no task may look healthy that cannot answer.
"""

import logging
import os
import sys
from dataclasses import dataclass
from typing import Annotated, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.types import ASGIApp, Receive, Scope, Send

from .classifier import LARGEST_MODEL, Classifier, read_classifier

LONGEST_TEXT = 2000
# A task that cannot reach S3 should fail while whoever deployed it is still watching.
PATIENCE = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3})
LOG = logging.getLogger("reference_app")


class ModelMissingError(Exception):
    """There is no model to serve; the message is one line that says what was tried and what was wrong."""


class Text(BaseModel):
    """What a client asks about."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"text": "What a great lecture!"}}
    )

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)]


class Prediction(BaseModel):
    """What the service answers."""

    prediction: Literal["positive", "neutral", "negative"]
    confidence: float = Field(ge=0, le=1, description="The probability that the model gives its prediction.")


class Health(BaseModel):
    """The answer to the load balancer's health check."""

    status: Literal["ok"] = "ok"


@dataclass(frozen=True, slots=True)
class ModelSource:
    """Where the model lies: an S3 bucket and a key in it."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    @classmethod
    def from_environment(cls) -> "ModelSource":
        """Read `S3_BUCKET` and `MODEL_KEY`; raise ModelMissingError where no bucket is named."""
        bucket = os.environ.get("S3_BUCKET", "").strip()
        if not bucket:
            raise ModelMissingError("S3_BUCKET is not set: name the bucket that holds the model")
        return cls(bucket, os.environ.get("MODEL_KEY", "").strip() or "classifier.joblib")

    def read(self) -> Classifier:
        """Download and read the model; raise ModelMissingError, in one line, where either fails."""
        LOG.info("Downloading %s", self)
        try:
            client = boto3.client("s3", config=PATIENCE)
            with client.get_object(Bucket=self.bucket, Key=self.key)["Body"] as body:
                content: bytes = body.read(LARGEST_MODEL + 1)
            if len(content) > LARGEST_MODEL:
                raise ModelMissingError(f"{self} is larger than {LARGEST_MODEL} bytes: it is not the model")
            return read_classifier(content)
        except (BotoCoreError, ClientError, ValueError) as error:
            raise ModelMissingError(f"Cannot read {self}: {' '.join(str(error).split())}") from error


class ModelFirst:
    """ASGI middleware that answers the server's start event with a failure where the model cannot be read.

    An exception in a FastAPI lifespan would do the same, with a long traceback around its reason.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the model at start, then pass everything on."""
        if scope["type"] == "lifespan":
            try:
                scope["app"].state.classifier = ModelSource.from_environment().read()
            except ModelMissingError as error:
                await receive()
                LOG.error("%s", error)
                await send({"type": "lifespan.startup.failed", "message": ""})
                return
        await self.app(scope, receive, send)


def log_to_standard_output() -> None:
    """Send this module's log to standard output, where ECS collects it, in lines like uvicorn's own."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    LOG.handlers = [handler]
    LOG.setLevel(logging.INFO)
    LOG.propagate = False


def loaded_classifier(request: Request) -> Classifier:
    """Return the model that was read at start."""
    classifier: Classifier = request.app.state.classifier
    return classifier


log_to_standard_output()
app = FastAPI(
    title="Sentiment",
    summary="Says whether an English text is positive, neutral or negative.",
    version="1.0.0",
)
app.add_middleware(ModelFirst)


@app.exception_handler(RequestValidationError)
async def refuse_invalid_body(request: Request, error: RequestValidationError) -> JSONResponse:
    """Answer 422 without the input, which FastAPI would repeat, and fail where JSON cannot hold it (NaN)."""
    told = [{"type": one["type"], "loc": one["loc"], "msg": one["msg"]} for one in error.errors()]
    return JSONResponse({"detail": told}, status_code=422)


@app.get("/", include_in_schema=False)
async def root() -> RedirectResponse:
    """Send a browser to the interactive documentation."""
    return RedirectResponse("/docs")


@app.get("/health")
async def health() -> Health:
    """Answer 200 as soon as the model is loaded; the load balancer asks this."""
    return Health()


@app.post("/predict")
async def predict(body: Text, classifier: Annotated[Classifier, Depends(loaded_classifier)]) -> Prediction:
    """Return the sentiment of a text, and how sure the model is."""
    verdict = classifier.verdict(body.text)
    answer = {"prediction": verdict.label, "confidence": round(verdict.confidence, 4)}
    return Prediction.model_validate(answer)
