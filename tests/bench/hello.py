"""The least that Flask can do, as a measure: a page, a form that is read, a slow answer."""

from __future__ import annotations

import time

from flask import Flask, request

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
PAGE = "<!doctype html><title>Hello</title><p>" + "Hello. " * 600


@app.get("/")
def hello() -> str:
    return "Hello"


@app.get("/page")
def page() -> str:
    return PAGE


@app.post("/form")
def form() -> tuple[str, int, dict[str, str]]:
    said = "".join(value for _name, value in request.form.items(multi=True))
    return "", 303, {"Location": f"/page?{len(said)}"}


@app.get("/slow")
def slow() -> str:
    time.sleep(1)
    return "at last"


@app.route("/about", methods=["GET", "POST"])
def about() -> dict[str, object]:
    """What the server tells of a request."""
    return {"address": request.remote_addr, "scheme": request.scheme, "host": request.host, "body": len(request.data)}
