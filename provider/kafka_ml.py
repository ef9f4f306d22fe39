"""Kafka-ML's HTTP API, as far as the provider uses it (version 1.3).

Making something answers with nothing, not even a number: what was made is found by its name, or by the mark
that `twins/kafka_ml.py` puts where Kafka-ML itself does not look. What it refuses is raised as `Rejected`,
with what it says.
"""

import json
from collections.abc import Mapping
from typing import Any

import requests

from provider.errors import ProviderError, Unreachable
from provider.http import Answer, Client, cause
from twins.canonical import dumps
from twins.document import Document
from twins.kafka_ml import MARKER

MODELS, CONFIGURATIONS = "models", "configurations"


class KafkaMl:
    """Kafka-ML. Each call raises `Rejected` or `Unreachable`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    # Models and configurations, which have names

    def named(self, kind: str, name: str) -> Document | None:
        """The model, or the configuration, of this name; None when there is none."""
        return next((one for one in self._list(f"/{kind}/") if one.get("name") == name), None)

    def number(self, kind: str, name: str) -> int:
        """Its number. Raises `ProviderError` when there is none of this name."""
        found = self.named(kind, name)
        if found is None:
            raise ProviderError(f"{kind.removesuffix('s')} {name} does not exist in Kafka-ML (any more)")
        return int(found["id"])

    def make(self, kind: str, document: Document) -> None:
        """Make a model, or a configuration; a request that is lost is not sent again."""
        what = f"{kind.removesuffix('s')} {document['name']}"
        self._post(what, f"/{kind}/", document, lambda: self.named(kind, str(document["name"])) is not None)

    def replace(self, kind: str, number: int, document: Document) -> None:
        """Put a document in place of another."""
        answer = self._client.request("PUT", f"/{kind}/{number}", body=dumps(document))
        if answer.status != 200:
            raise self._client.rejected(f"{kind.removesuffix('s')} {document['name']}", answer)

    def remove(self, kind: str, number: int, name: str) -> None:
        """Remove a model, or a configuration; Kafka-ML refuses while something refers to it."""
        answer = self._client.request("DELETE", f"/{kind}/{number}")
        if answer.status != 200:
            raise self._client.rejected(f"{kind.removesuffix('s')} {name}", answer)

    # Trainings

    def deployment(self, configuration: int, mark: str) -> Document | None:
        """The training of a configuration with this mark."""
        return next((one for one in self.deployments(configuration) if _mark(one) == mark), None)

    def deployments(self, configuration: int) -> list[Document]:
        """All trainings of a configuration."""
        answer = self._client.request("GET", f"/deployments/{configuration}")
        return _listed(answer) if answer.status == 200 else []

    def deploy(self, name: str, document: Document, configuration: int, mark: str) -> None:
        """Begin a training; a request that is lost is not sent again, as it would begin another one."""
        self._post(
            f"deployment {name}",
            "/deployments/",
            document | {"configuration": configuration},
            lambda: self.deployment(configuration, mark) is not None,
        )

    def results(self, deployment: int) -> list[Document]:
        """What became of each model of a training."""
        answer = self._client.request("GET", f"/deployments/results/{deployment}")
        return _listed(answer) if answer.status == 200 else []

    def undeploy(self, name: str, deployment: int) -> None:
        """End a training, and remove it with all that came of it."""
        for result in self.results(deployment):
            number = result["id"]
            if result["status"] == "created":
                # Only a training that has begun can be stopped, and to Kafka-ML it has once its model is read.
                self._client.request("GET", f"/results/{number}")
            if result["status"] in ("created", "deployed"):
                self._client.request("POST", f"/results/stop/{number}")
            self._gone(f"deployment {name}", f"/results/{number}")
        self._gone(f"deployment {name}", f"/deployments/{deployment}")

    # Predictions

    def inference(self, mark: str) -> Document | None:
        """The predictions with this mark."""
        return next((one for one in self._list("/inferences/") if _mark(one) == mark), None)

    def infer(self, name: str, result: int, document: Document, mark: str) -> None:
        """Begin to predict with a result; a request that is lost is not sent again."""
        body = document | {"model_result": result}
        self._post(
            f"inference {name}",
            f"/results/inference/{result}",
            body,
            lambda: self.inference(mark) is not None,
        )

    def stop(self, name: str, inference: int) -> None:
        """End predictions, and remove them."""
        self._client.request("POST", f"/inferences/{inference}")
        self._gone(f"inference {name}", f"/inferences/{inference}")

    def _gone(self, what: str, path: str) -> None:
        answer = self._client.request("DELETE", path)
        # It says 400 to what does not exist, as to everything else.
        if answer.status not in (200, 404) and "does not exist" not in answer.text:
            raise self._client.rejected(what, answer)

    def _list(self, path: str) -> list[Document]:
        answer = self._client.request("GET", path)
        if answer.status != 200 or not isinstance(answer.document, list):
            raise self._client.rejected(path.strip("/"), answer)
        return _listed(answer)

    def _post(self, what: str, path: str, body: Mapping[str, Any], done: Any) -> None:
        try:
            answer = self._client.once("POST", path, body=json.dumps(body))
        except requests.RequestException as error:
            if done():
                return
            raise Unreachable(
                f"{what}: Kafka-ML did not answer ({cause(error)}), and has not made it; run it again"
            ) from None
        if answer.status not in (200, 201):
            raise self._client.rejected(what, answer)


def _listed(answer: Answer) -> list[Document]:
    found: list[Document] = answer.document if isinstance(answer.document, list) else []
    return found


def _mark(found: Document) -> str:
    """The mark of a training, or of predictions: these keep it in a text."""
    where = found.get("data_restriction", found.get("input_config"))
    if isinstance(where, str):
        try:
            where = json.loads(where)
        except ValueError:
            return ""
    return str(where.get(MARKER, "")) if isinstance(where, dict) else ""
