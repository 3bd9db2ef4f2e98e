"""Whether a description is OpenAPI 3.1, and its examples are as its schemas say."""

import json
import sys

import jsonschema
from openapi_spec_validator import OpenAPIV31SpecValidator, validate


def nodes(value):
    yield value
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(child)


def main(path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    validate(document, cls=OpenAPIV31SpecValidator)

    def check(schema, value):
        whole = {**schema, "$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"]}
        jsonschema.Draft202012Validator(whole).validate(value)

    examples = 0
    for node in nodes(document):
        if not isinstance(node, dict):
            continue
        if isinstance(node.get("examples"), list):
            for example in node["examples"]:
                check(node, example)
                examples += 1
        if "schema" in node and isinstance(node.get("examples"), dict):
            for example in node["examples"].values():
                check(node["schema"], example["value"])
                examples += 1
    operations = sum(len(methods) for methods in document["paths"].values())
    if examples < 50 or operations < 30:
        sys.exit(f"only {examples} examples of {operations} operations")
    print(f"OpenAPI 3.1: {operations} operations, {examples} examples")


main(sys.argv[1])
