"""Kafka-ML's backend in this process, with the rules of its version 1.3 (`backend/automl/views.py`).

Making something answers with nothing; what is wrong is 400 with a plain text, also what does not exist; a
training makes a result for each model, which goes from created over deployed to finished or stopped.
"""

import json
from typing import Any

from aiohttp import web

BACKEND: web.AppKey["Backend"] = web.AppKey("backend")


class Backend:
    """What is in the database, and which writes came."""

    def __init__(self) -> None:
        self.models: dict[int, dict[str, Any]] = {}
        self.configurations: dict[int, dict[str, Any]] = {}
        self.deployments: dict[int, dict[str, Any]] = {}
        self.results: dict[int, dict[str, Any]] = {}
        self.inferences: dict[int, dict[str, Any]] = {}
        self.writes: list[tuple[str, str]] = []
        self.lose_answers = 0  # how many requests are done, and their answers lost
        self._numbers = 0

    def number(self) -> int:
        self._numbers += 1
        return self._numbers

    def finish(self) -> None:
        """All trainings have had their data, and end."""
        for result in self.results.values():
            result["status"] = "finished"


def application() -> web.Application:
    app = web.Application(middlewares=[_door])
    app[BACKEND] = Backend()
    for path, handler in (
        ("/models/", _models),
        ("/models/{id}", _model),
        ("/configurations/", _configurations),
        ("/configurations/{id}", _configuration),
        ("/deployments/", _deployments),
        ("/deployments/{id}", _deployment),
        ("/deployments/results/{id}", _deployment_results),
        ("/results/{id}", _result),
        ("/results/stop/{id}", _stop),
        ("/results/inference/{id}", _infer),
        ("/inferences/", _inferences),
        ("/inferences/{id}", _inference),
    ):
        app.router.add_route("*", path, handler)
    return app


@web.middleware
async def _door(request: web.Request, handler: Any) -> web.StreamResponse:
    backend = request.app[BACKEND]
    if request.method != "GET":
        backend.writes.append((request.method, request.path))
    response: web.StreamResponse = await handler(request)
    if request.method == "POST" and backend.lose_answers:
        backend.lose_answers -= 1
        assert request.transport is not None
        request.transport.close()
    return response


def _no(text: str = "Information not valid") -> web.Response:
    return web.Response(status=400, text=text)


def _id(request: web.Request) -> int:
    return int(request.match_info["id"])


async def _models(request: web.Request) -> web.Response:
    backend = request.app[BACKEND]
    if request.method == "GET":
        return web.json_response([_shown(backend, one) for one in backend.models.values()])
    body = await request.json()
    if "wrong" in body["code"] or any(one["name"] == body["name"] for one in backend.models.values()):
        return _no()
    number = backend.number()
    backend.models[number] = {**body, "id": number}
    return web.Response(status=201)


def _shown(backend: Backend, model: dict[str, Any]) -> dict[str, Any]:
    father = backend.models.get(model.get("father") or 0) if model["distributed"] else None
    return {**model, "father": {"id": father["id"], "name": father["name"]} if father else None}


async def _model(request: web.Request) -> web.Response:
    backend, number = request.app[BACKEND], _id(request)
    if number not in backend.models:
        return _no("Model does not exist")
    if request.method == "PUT":
        backend.models[number] = {**await request.json(), "id": number}
    elif any(number in one["ml_models"] for one in backend.configurations.values()):
        return _no("Model cannot be deleted since it is used in a configuration.")
    else:
        del backend.models[number]
    return web.Response(status=200)


async def _configurations(request: web.Request) -> web.Response:
    backend = request.app[BACKEND]
    if request.method == "GET":
        found = [
            {**one, "ml_models": [_named(backend, each) for each in one["ml_models"]], "deployments": []}
            for one in backend.configurations.values()
        ]
        return web.json_response(found)
    number = backend.number()
    backend.configurations[number] = {**_with_children(backend, await request.json()), "id": number}
    return web.Response(status=201)


def _named(backend: Backend, number: int) -> dict[str, Any]:
    return {"id": number, "name": backend.models[number]["name"]}


def _with_children(backend: Backend, body: dict[str, Any]) -> dict[str, Any]:
    found: list[int] = []
    for model in body["ml_models"]:
        found.append(model)
        while son := next((k for k, v in backend.models.items() if v.get("father") == found[-1]), None):
            found.append(son)
    return {**body, "ml_models": found}


async def _configuration(request: web.Request) -> web.Response:
    backend, number = request.app[BACKEND], _id(request)
    if number not in backend.configurations:
        return _no("Model does not exist")
    if request.method == "PUT":
        backend.configurations[number] = {**_with_children(backend, await request.json()), "id": number}
    elif any(one["configuration"] == number for one in backend.deployments.values()):
        return _no("Configuration cannot be deleted since it is used by a deployment.")
    else:
        del backend.configurations[number]
    return web.Response(status=200)


async def _deployments(request: web.Request) -> web.Response:
    backend, body = request.app[BACKEND], await request.json()
    needed = ("gpumem", "tf_kwargs_fit", "tf_kwargs_val", "pth_kwargs_fit", "pth_kwargs_val", "batch")
    if missing := [key for key in needed if key not in body]:
        return _no(repr(missing[0]))
    number = backend.number()
    kept = {key: value for key, value in body.items() if key != "gpumem"}
    backend.deployments[number] = {**kept, "id": number}
    for model in backend.configurations[body["configuration"]]["ml_models"]:
        result = backend.number()
        backend.results[result] = {
            "id": result,
            "status": "created",
            "deployment": number,
            "model": _named(backend, model),
        }
    return web.Response(status=201)


async def _deployment(request: web.Request) -> web.Response:
    backend, number = request.app[BACKEND], _id(request)
    if request.method == "GET":
        if number not in backend.configurations:
            return web.Response(status=400)
        found = [one for one in backend.deployments.values() if one["configuration"] == number]
        return web.Response(text=json.dumps(found))  # not said to be JSON, as there
    if number not in backend.deployments:
        return _no("Deployment does not exist")
    if any(one["deployment"] == number for one in backend.results.values()):
        return _no("Deployment cannot be deleted. Please delete its training results first.")
    del backend.deployments[number]
    return web.Response(status=200)


async def _deployment_results(request: web.Request) -> web.Response:
    backend, number = request.app[BACKEND], _id(request)
    if number not in backend.deployments:
        return _no("Deployment not found")
    return web.json_response([one for one in backend.results.values() if one["deployment"] == number])


async def _result(request: web.Request) -> web.Response:
    backend, number = request.app[BACKEND], _id(request)
    if number not in backend.results:
        return _no("Result does not exist")
    result = backend.results[number]
    if request.method == "GET":
        if result["status"] != "finished":
            result["status"] = "deployed"
        return web.Response(body=b"a model")
    if result["status"] not in ("finished", "stopped"):
        return _no("Training result in use, please stop it before delete.")
    del backend.results[number]
    return web.Response(status=200)


async def _stop(request: web.Request) -> web.Response:
    result = request.app[BACKEND].results.get(_id(request))
    if result is None or result["status"] != "deployed":
        return _no("Result not found or not running")
    result["status"] = "stopped"
    return web.Response(status=200)


async def _infer(request: web.Request) -> web.Response:
    backend, body = request.app[BACKEND], await request.json()
    result = backend.results.get(_id(request))
    if result is None:
        return _no("Result not found")
    if "gpumem" not in body or not isinstance(body["input_config"], str) or result["status"] != "finished":
        return web.Response(status=400)
    number = backend.number()
    kept = {key: value for key, value in body.items() if key != "gpumem"}
    backend.inferences[number] = {**kept, "id": number, "status": "deployed"}
    return web.Response(status=200)


async def _inferences(request: web.Request) -> web.Response:
    return web.json_response(list(request.app[BACKEND].inferences.values()))


async def _inference(request: web.Request) -> web.Response:
    backend, number = request.app[BACKEND], _id(request)
    if number not in backend.inferences:
        return _no("Inference does not exist")
    inference = backend.inferences[number]
    if request.method == "POST":
        inference["status"] = "stopped"
    elif inference["status"] != "stopped":
        return _no("Inference in use, please stop it before delete.")
    else:
        del backend.inferences[number]
    return web.Response(status=200)
