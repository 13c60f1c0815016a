"""The service as it is deployed: its own process, a model from an S3 bucket, real HTTP."""

import json
import os
import pickle
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
import joblib
import pytest
from moto.server import ThreadedMotoServer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from reference_app.classifier import (
    LONGEST_PHRASE,
    SENTIMENTS,
    WORD,
    ModelUnreadableError,
    read_classifier,
)
from reference_app.train import bucket_and_key, sentences, train

ROOT = Path(__file__).parents[2]
BUCKET = "lab-bucket"
KEY = "classifier.joblib"


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: its address, and the file that its standard output goes to."""

    url: str
    standard_output: Path


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def environment(s3_url: str) -> dict[str, str]:
    """The environment of a task: credentials for the emulator, and nothing of whoever runs the tests."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "S3_", "MODEL_"))
    }
    return kept | {
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture(scope="module")
def s3(s3_url: str) -> Any:
    client = boto3.client(
        "s3",
        endpoint_url=s3_url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.create_bucket(Bucket=BUCKET)
    client.put_object(Bucket=BUCKET, Key="noise", Body=b"\x00 no model")
    client.put_object(Bucket=BUCKET, Key="large", Body=bytes(17 * 1024 * 1024))
    return client


@pytest.fixture(scope="module")
def training(
    s3: Any, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """The file that the training script wrote and uploaded, and what it printed."""
    path = tmp_path_factory.mktemp("model") / KEY
    command = [sys.executable, "-m", "reference_app.train", "--output", str(path)]
    done = subprocess.run(
        [*command, "--upload", f"s3://{BUCKET}/{KEY}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return path, done.stdout


def uvicorn(port: int) -> list[str]:
    return [
        sys.executable,
        "-m",
        "uvicorn",
        "reference_app.service:app",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]


@pytest.fixture(scope="module")
def service(
    training: tuple[Path, str], environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    standard_output = tmp_path_factory.mktemp("log") / "stdout"
    with standard_output.open("wb") as log:
        process = subprocess.Popen(
            uvicorn(port),
            cwd=ROOT,
            env=environment | {"S3_BUCKET": BUCKET},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    running = Service(f"http://127.0.0.1:{port}", standard_output)
    try:
        wait_until_it_answers(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_until_it_answers(service: Service, process: subprocess.Popen[bytes]) -> None:
    """Return when the service listens; fail, with its log, where it ends or takes longer than 30 s."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            httpx.get(f"{service.url}/health", trust_env=False)
        except httpx.ConnectError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(service.standard_output.read_text())


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False) as client:
        yield client


class TestTheServiceAnswers:
    def test_health(self, client: httpx.Client) -> None:
        """The load balancer's check gets 200."""
        response = client.get("/health")
        assert (response.status_code, response.json()) == (200, {"status": "ok"})

    def test_docs(self, client: httpx.Client) -> None:
        """A browser gets the interactive documentation, from the root as well."""
        for path in ("/docs", "/"):
            response = client.get(path, follow_redirects=True)
            assert (response.status_code, response.url.path) == (200, "/docs")
            assert "swagger" in response.text.lower()

    def test_openapi_offers_both_operations_with_an_example(self, client: httpx.Client) -> None:
        """Whoever reads the OpenAPI document can call everything, and the example that it gives is valid."""
        document = client.get("/openapi.json").json()
        example = document["components"]["schemas"]["Text"]["example"]
        assert {path: set(operations) for path, operations in document["paths"].items()} == {
            "/health": {"get"},
            "/predict": {"post"},
        }
        assert client.post("/predict", json=example).status_code == 200

    @pytest.mark.parametrize(
        ("text", "sentiment"),
        [
            ("I love this wonderful place, the people are so friendly.", "positive"),
            ("What a terrible app, it is slow and ugly.", "negative"),
            ("The library is open on Monday from nine to five.", "neutral"),
        ],
    )
    def test_prediction(self, client: httpx.Client, text: str, sentiment: str) -> None:
        """A sentence that is in no training file gets the sentiment that a reader would give it."""
        assert text not in {sentence.text for sentence in sentences()}
        response = client.post("/predict", json={"text": text})
        assert response.status_code == 200
        assert response.json()["prediction"] == sentiment
        assert 1 / 3 < response.json()["confidence"] <= 1

    @pytest.mark.parametrize("text", ["x" * 2000, "日本語", "🙂", "0", "' OR 1=1 --", "a\x00b"])
    def test_unknown_words_get_an_answer(self, client: httpx.Client, text: str) -> None:
        """Any text within the bounds is answered."""
        response = client.post("/predict", json={"text": text})
        assert response.status_code == 200
        assert response.json()["prediction"] in SENTIMENTS

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{}",
            b"null",
            b"[]",
            b"not json",
            b'{"text": ""}',
            b'{"text": "   "}',
            b'{"text": null}',
            b'{"text": 5}',
            b'{"text": NaN}',
            b'{"text": "\\ud800"}',
            b'{"text": ["a"]}',
            b'{"text": "good", "more": 1}',
            json.dumps({"text": "x" * 2001}).encode(),
        ],
    )
    def test_an_invalid_body_is_the_clients_fault(self, client: httpx.Client, content: bytes) -> None:
        """A body that cannot be used gets 422 with the reason; none gets 500."""
        response = client.post("/predict", content=content, headers={"Content-Type": "application/json"})
        assert response.status_code == 422
        assert response.json()["detail"][0]["msg"]

    @pytest.mark.parametrize(
        "content", [b'{"text": "\xff"}', b"[" * 100_000], ids=["not-utf-8", "deeply-nested"]
    )
    def test_bytes_that_are_no_json_are_the_clients_fault(self, client: httpx.Client, content: bytes) -> None:
        """What cannot even be parsed gets 400 or 422."""
        response = client.post("/predict", content=content, headers={"Content-Type": "application/json"})
        assert response.status_code in {400, 422}

    def test_the_log_names_the_model_and_each_request(self, client: httpx.Client, service: Service) -> None:
        """Standard output, which CloudWatch keeps, tells of the download and of every request."""
        client.get("/health")
        client.post("/predict", json={"text": "good"})
        lines = service.standard_output.read_text().splitlines()
        assert f"INFO: Downloading s3://{BUCKET}/{KEY}" in lines
        assert any(line.startswith("INFO:") and '"GET /health HTTP/1.1" 200 OK' in line for line in lines)
        assert any(line.startswith("INFO:") and '"POST /predict HTTP/1.1" 200 OK' in line for line in lines)


class TestTheServiceRefusesToStart:
    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({}, "S3_BUCKET is not set"),
            ({"S3_BUCKET": "no-such-bucket"}, "s3://no-such-bucket/classifier.joblib"),
            ({"S3_BUCKET": "Not A Bucket"}, "Invalid bucket name"),
            ({"S3_BUCKET": BUCKET, "MODEL_KEY": "elsewhere"}, f"s3://{BUCKET}/elsewhere"),
            ({"S3_BUCKET": BUCKET, "MODEL_KEY": "noise"}, "not a model"),
            ({"S3_BUCKET": BUCKET, "MODEL_KEY": "large"}, "larger than"),
            ({"S3_BUCKET": BUCKET, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}, "Could not connect"),
            ({"S3_BUCKET": BUCKET, "AWS_ENDPOINT_URL": "nonsense"}, "Invalid endpoint"),
        ],
    )
    def test_one_line_says_why(
        self, s3: Any, environment: dict[str, str], changed: dict[str, str], told: str
    ) -> None:
        """Without its model the process ends with an error code and one line that names the cause."""
        done = subprocess.run(
            uvicorn(0), cwd=ROOT, env=environment | changed, capture_output=True, text=True, timeout=60
        )
        errors = [line for line in done.stdout.splitlines() if line.startswith("ERROR")]
        assert done.returncode == 3
        assert len(errors) == 1
        assert told in errors[0]
        assert "Traceback" not in done.stdout + done.stderr


class TestTheModel:
    def test_training_prints_an_accuracy_above_chance(self, training: tuple[Path, str]) -> None:
        """The figure is of sentences that the training did not see; chance would be a third."""
        printed = next(line for line in training[1].splitlines() if line.startswith("accuracy"))
        assert 0.8 < float(printed.split(":")[1].split()[0]) < 1

    def test_training_again_gives_the_same_model(self, training: tuple[Path, str]) -> None:
        """One file of sentences and one scikit-learn give one model."""
        again, _ = train()
        assert again == read_classifier(training[0].read_bytes())

    def test_the_file_is_small(self, training: tuple[Path, str]) -> None:
        """A task downloads it in no time."""
        assert training[0].stat().st_size < 200_000

    def test_joblib_opens_the_file(self, training: tuple[Path, str]) -> None:
        """Its name is no lie."""
        assert set(joblib.load(training[0])["labels"]) == SENTIMENTS

    def test_reading_without_scikit_learn_gives_its_probabilities(self, training: tuple[Path, str]) -> None:
        """Plain Python and scikit-learn's own pipeline agree on every sentence, and on unknown words."""
        classifier = read_classifier(training[0].read_bytes())
        given = sentences()
        pipeline = make_pipeline(
            TfidfVectorizer(token_pattern=WORD, ngram_range=(1, LONGEST_PHRASE)),
            LogisticRegression(C=20.0, max_iter=1000),
        ).fit([sentence.text for sentence in given], [sentence.sentiment for sentence in given])
        texts = [
            *(sentence.text for sentence in given),
            "Good, good, GOOD but not on Monday's boat",
            "qwertz",
        ]
        for text, row in zip(texts, pipeline.predict_proba(texts), strict=True):
            verdict = classifier.verdict(text)
            assert verdict.label == pipeline.classes_[row.argmax()]
            assert verdict.confidence == pytest.approx(row.max(), abs=1e-4)

    def test_the_service_needs_no_scikit_learn(self) -> None:
        """The image holds none of what only the training needs."""
        script = "import sys, reference_app.service; print({'sklearn', 'joblib', 'numpy'} & set(sys.modules))"
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "set()"


class Exploit:
    """What a hostile pickle does: name a function, and have it called as the file is loaded."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.target),)


class TestAModelFileIsUntrusted:
    def test_a_pickle_with_code_is_refused_and_not_run(self, tmp_path: Path) -> None:
        """The same bytes make a directory with pickle.loads, and nothing but a refusal here."""
        body = pickle.dumps(Exploit(tmp_path / "made"))
        with pytest.raises(ModelUnreadableError, match=r"mkdir, and a model is data alone"):
            read_classifier(body)
        assert not (tmp_path / "made").exists()
        pickle.loads(body)
        assert (tmp_path / "made").exists()

    @pytest.mark.parametrize(
        "data",
        [
            None,
            [],
            {},
            {"labels": ("positive",), "intercepts": (0.0,), "phrases": {}},
            {"labels": ("good", "bad", "so"), "intercepts": (0.0, 0.0, 0.0), "phrases": {}},
            {"labels": sorted(SENTIMENTS), "intercepts": (0.0, 0.0), "phrases": {}},
            {"labels": sorted(SENTIMENTS), "intercepts": (0.0, 0.0, float("nan")), "phrases": {}},
            {"labels": sorted(SENTIMENTS), "intercepts": (0.0, 0.0, 10**400), "phrases": {}},
            {"labels": sorted(SENTIMENTS), "intercepts": (0.0, 0.0, 0.0), "phrases": {"a": (1.0, (1.0,))}},
            {"labels": sorted(SENTIMENTS), "intercepts": (0.0, 0.0, 0.0), "phrases": ["a"]},
        ],
    )
    def test_other_data_is_refused(self, data: object) -> None:
        """A model that could not give every text a sentiment and a probability is no model."""
        with pytest.raises(ModelUnreadableError):
            read_classifier(pickle.dumps(data))

    def test_a_cut_file_is_refused(self, training: tuple[Path, str]) -> None:
        """Half a download is no model, wherever it was cut."""
        body = training[0].read_bytes()
        for length in (0, 1, 100, len(body) // 2, len(body) - 1):
            with pytest.raises(ModelUnreadableError):
                read_classifier(body[:length])


@pytest.mark.parametrize("address", ["bucket/key", "s3://", "s3://bucket", "s3://bucket/", "s3:///key"])
def test_an_address_that_is_not_one_is_refused(address: str) -> None:
    """`--upload` takes s3://bucket/key and nothing else."""
    with pytest.raises(ValueError, match="s3://bucket/key"):
        bucket_and_key(address)
