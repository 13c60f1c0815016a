"""Train the sentiment model on the sentences of this folder: `python -m reference_app.train --help`."""

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

from .classifier import LONGEST_PHRASE, WORD, Classifier

SENTENCES = Path(__file__).with_name("sentences.csv")
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of the file; the three sentences of a topic differ in sentiment and share their subject."""

    topic: str
    sentiment: str
    text: str


def sentences() -> tuple[Sentence, ...]:
    """Return the sentences in the order of the file."""
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        return tuple(Sentence(row["topic"], row["sentiment"], row["text"]) for row in csv.DictReader(file))


def train() -> tuple[Classifier, float]:
    """Return the model, trained on all sentences, and its accuracy (0 to 1) on sentences held out.

    The accuracy is the mean over five folds; in each, a fifth of the topics is kept from the training. Whole
    topics, for a sentence held out alone would meet its subject in training with the other sentiments only.
    The same file and the same release of scikit-learn give the same model.
    """
    # Only training needs scikit-learn, and its import takes seconds.
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_score
    from sklearn.pipeline import make_pipeline

    given = sentences()
    texts = [sentence.text for sentence in given]
    labels = [sentence.sentiment for sentence in given]
    topics = [sentence.topic for sentence in given]
    vectorizer = TfidfVectorizer(token_pattern=WORD, ngram_range=(1, LONGEST_PHRASE))
    regression = LogisticRegression(C=20.0, max_iter=1000)
    pipeline = make_pipeline(vectorizer, regression)
    folds = GroupKFold(n_splits=FOLDS)
    accuracy = float(cross_val_score(pipeline, texts, labels, groups=topics, cv=folds).mean())
    pipeline.fit(texts, labels)
    phrases = {
        str(phrase): (
            float(vectorizer.idf_[column]),
            tuple(round(float(value), 6) for value in regression.coef_[:, column]),
        )
        for phrase, column in sorted(vectorizer.vocabulary_.items())
    }
    return Classifier(
        labels=tuple(str(label) for label in regression.classes_),
        intercepts=tuple(float(value) for value in regression.intercept_),
        phrases=phrases,
    ), accuracy


def write(classifier: Classifier, path: Path) -> None:
    """Write the model as a joblib file, beside its place first, so that no half of one is ever left there."""
    import joblib

    beside = path.with_name(path.name + ".part")
    joblib.dump(classifier.as_data(), beside)
    beside.replace(path)


def upload(path: Path, address: str) -> None:
    """Copy a file to `s3://bucket/key`, with the credentials and the endpoint that boto3 finds."""
    import boto3

    bucket, key = bucket_and_key(address)
    boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=path.read_bytes())


def bucket_and_key(address: str) -> tuple[str, str]:
    """Split `s3://bucket/key`; raise ValueError where a part is missing."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    if not address.startswith("s3://") or not bucket or not key:
        raise ValueError(f"{address!r} is not of the form s3://bucket/key")
    return bucket, key


def _s3_address(value: str) -> str:
    bucket_and_key(value)
    return value


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m reference_app.train",
        description="Train the sentiment model, write it, and print its accuracy on sentences held out.",
        epilog="example: python -m reference_app.train --upload s3://my-bucket/classifier.joblib",
    )
    parser.add_argument(
        "--output", type=Path, default=Path("classifier.joblib"), help="file to write (default: %(default)s)"
    )
    parser.add_argument(
        "--upload", type=_s3_address, metavar="s3://BUCKET/KEY", help="copy the file there too"
    )
    options = parser.parse_args(arguments)
    classifier, accuracy = train()
    write(classifier, options.output)
    size = options.output.stat().st_size / 1000
    print(f"{options.output}: {len(classifier.phrases)} phrases, {size:.0f} kB")
    print(f"accuracy on held-out sentences: {accuracy:.2f} (mean of {FOLDS} folds; chance would be 0.33)")
    if options.upload is not None:
        upload(options.output, options.upload)
        print(f"uploaded to {options.upload}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
