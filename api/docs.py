"""/api/docs: the API on one page, made from its OpenAPI document, without scripts and without other hosts."""

from html import escape
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from api.security import new_nonce, page_policy

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
code,pre{font:14px/1.4 ui-monospace,monospace} pre{white-space:pre-wrap}
article{border-top:1px solid #8886;padding:.5rem 0} h3{margin:.5rem 0}
table{border-collapse:collapse} td,th{text-align:left;vertical-align:top;padding:.15rem 1rem .15rem 0}
.method{display:inline-block;min-width:4.5rem;font-weight:700}
"""
_METHODS = ("get", "head", "options", "post", "put", "patch", "delete")


def add_docs(app: FastAPI) -> None:
    """Serve the page."""

    @app.get("/api/docs", include_in_schema=False)
    def get_docs() -> HTMLResponse:
        nonce = new_nonce()
        return HTMLResponse(
            docs_page(app.openapi(), nonce), headers={"Content-Security-Policy": page_policy(nonce)}
        )


def docs_page(document: dict[str, Any], nonce: str) -> str:
    """The whole page as HTML: every operation, then every schema."""
    info = document["info"]
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if method in operations:
                operation = operations[method]
                tag = (operation.get("tags") or ["other"])[0]
                by_tag.setdefault(tag, []).append(_operation(method, path, operation))
    contents = " · ".join(f'<a href="#{_slug(tag)}">{escape(tag)}</a>' for tag in by_tag)
    sections = "".join(
        f'<section id="{_slug(tag)}"><h2>{escape(tag)}</h2>{"".join(found)}</section>'
        for tag, found in by_tag.items()
    )
    schemas = "".join(_schema(name, schema) for name, schema in document["components"]["schemas"].items())
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(info["title"])} API</title>
<meta name="viewport" content="width=device-width"><style nonce="{nonce}">{_STYLE}</style>
<h1>{escape(info["title"])} API {escape(info["version"])}</h1><pre>{escape(info["description"])}</pre>
<p>As a document for programs: <a href="/api/openapi.json">/api/openapi.json</a></p>
<p>{contents} · <a href="#schemas">schemas</a></p>{sections}
<section id="schemas"><h2>schemas</h2>{schemas}</section></html>"""


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}"
        f"{', required' if one.get('required') else ''}</td><td>{_type(one['schema'])}</td>"
        f"<td>{escape(one.get('description') or one['schema'].get('description') or '')}</td></tr>"
        for one in operation.get("parameters", [])
    )
    body = "".join(
        f"<tr><td>body</td><td>{escape(kind)}</td><td>{_type(content.get('schema', {}))}</td><td></td></tr>"
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
    )
    answers = "".join(
        f"<tr><td><code>{escape(status)}</code></td><td>{_answer_types(answer)}</td>"
        f"<td>{escape(answer.get('description', ''))}</td></tr>"
        for status, answer in operation["responses"].items()
    )
    needs = sorted({scope for one in operation.get("security", []) for scopes in one.values() for scope in scopes})
    who = f"scope {', '.join(needs)}" if needs else ("signed in" if operation.get("security") else "open to all")
    return f"""<article id="{escape(operation["operationId"])}">
<h3><span class="method">{method.upper()}</span> <code>{escape(path)}</code></h3>
<p>{escape(operation.get("description", ""))} <em>({escape(who)})</em></p>
<table>{rows}{body}</table><details><summary>answers</summary><table>{answers}</table></details></article>"""


def _answer_types(answer: dict[str, Any]) -> str:
    return ", ".join(
        f"{escape(kind)} {_type(content.get('schema', {}))}" for kind, content in answer.get("content", {}).items()
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(key)}</code></td><td>{_type(value)}</td>"
        f"<td>{escape(value.get('description', ''))}</td></tr>"
        for key, value in schema.get("properties", {}).items()
    )
    return (
        f'<article id="schema-{escape(name)}"><h3>{escape(name)}</h3>'
        f"<p>{escape(schema.get('description', ''))}</p><table>{rows}</table></article>"
    )


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links to those that have a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(str(schema['const']))}</code>"
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if "items" in schema else "list"
    return escape(" ".join(filter(None, (schema.get("type", "any"), schema.get("format", "")))))


def _slug(text: str) -> str:
    return escape(text.replace(" ", "-"))
