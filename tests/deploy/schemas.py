"""Schemas for kubeconform, from what the API server itself publishes: one file per kind, in which unknown members are errors."""

import json
import os

# kubeconform's words for a file of make().
LOCATION = "{{.Group}}_{{.ResourceAPIVersion}}_{{.ResourceKind}}.json"


def strict(schema):
    """Members that no schema names are refused, unless the API server keeps them."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and not schema.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def path_of(group, version):
    return f"apis/{group}/{version}" if group else f"api/{version}"


def schema_named(document, kind):
    """The reference to the schema of a kind of the document's own group and version."""
    for name, schema in document["components"]["schemas"].items():
        if any(known["kind"] == kind for known in schema.get("x-kubernetes-group-version-kind", [])):
            return f"#/components/schemas/{name}"
    raise AssertionError(f"the API server does not know {kind}")


def index(api):
    status, answer = api.call("GET", "/openapi/v3")
    assert status == 200, answer
    return answer["paths"]


def published(api, path):
    return path in index(api)


def make(api, kinds, folder):
    """kinds: (apiVersion, kind) of each. Fills the folder, and returns kubeconform's -schema-location."""
    paths, documents = index(api), {}
    for api_version, kind in sorted(kinds):
        group, _, version = api_version.rpartition("/")
        path = path_of(group, version)
        if path not in documents:
            documents[path] = strict(api.call("GET", paths[path]["serverRelativeURL"])[1])
        schema = {"$ref": schema_named(documents[path], kind), "components": documents[path]["components"]}
        with open(os.path.join(folder, f"{group or version}_{version}_{kind.lower()}.json"), "w", encoding="utf-8") as file:
            json.dump(schema, file)
    return os.path.join(folder, LOCATION)
