"""Seeds that are made of what other tests have: objects of the rule, default and golden cases, and bodies of golden files. So they
know every field that those know."""

import json
import pathlib
import re

TESTS = pathlib.Path(__file__).resolve().parents[1]
DIVIDER = "\n%\n"


def merged(target, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merged(target.get(name), value)
    return target


def read(path):
    return json.loads((TESTS / path).read_text())


def whole(spec, name="tf"):
    return {"apiVersion": "tflb.dev/v1alpha1", "kind": "TFLoadBalancer",
            "metadata": {"name": name, "namespace": "ml", "uid": "uid-1", "generation": 1, "resourceVersion": "1",
                         "creationTimestamp": "2026-06-13T10:00:00Z"}, "spec": spec}


def objects():
    rules = read("data/rule-cases.json")
    for case in rules["cases"]:
        if isinstance(case.get("spec"), dict):
            yield whole(merged(rules["base"], case["spec"]), case.get("objectName", "tf"))
    for case in read("data/default-cases.json")["cases"]:
        yield whole(case["spec"])
    for path in sorted(TESTS.glob("golden/*/*.json")):
        case = read(path)
        if isinstance(case, dict) and "object" in case:
            yield case["object"]


def object_seeds():
    found = list(objects())
    assert len(found) > 100
    return [DIVIDER.join((json.dumps(one), json.dumps(found[0]))) for one in found]


def diff_seeds():
    """Wanted bodies, compared with themselves; the kind is that of the folder."""
    kinds = {"url_map": "UrlMap", "group": "InstanceGroupManager", "target_http_proxy": "TargetHttpProxy"}
    for path in sorted(TESTS.glob("golden/*/*.golden")):
        folder = path.parent.name
        kind = kinds.get(folder, "".join(word.capitalize() for word in folder.split("_")))
        for body in re.findall(r"^== want .*\n(\{\n.*?\n\})$", path.read_text(), re.M | re.S):
            text = json.dumps(json.loads(body))
            yield DIVIDER.join((kind, text, text))


def policy_seeds():
    """The cases of the schema and of judgements, each with an object."""
    def named(spec):
        return {"apiVersion": "tflb.dev/v1alpha1", "kind": "TFLoadBalancerPolicy", "metadata": {"name": "p"}, "spec": spec}
    rules, found = read("data/rule-cases.json"), read("data/policy-cases.json")
    thing, other = json.dumps(whole(rules["base"])), json.dumps(named(found["base"]))
    for case in found["cases"]:
        yield DIVIDER.join((json.dumps(named(merged(found["base"], case["spec"]))), thing, '{"team": "ml"}', other))
    for case in read("data/policy-judgements.json")["cases"]:
        for spec in case.get("policies", {}).values():
            policy = named(merged(found["base"], spec))
            yield DIVIDER.join((json.dumps(policy), json.dumps(whole(merged(rules["base"], case.get("spec", {})))),
                                json.dumps(case.get("labels", {})), other))


MADE = {"object": object_seeds, "diff": diff_seeds, "policy": policy_seeds}


def write(target, folder):
    """Writes the seeds of a target into folder, which is emptied; False: there are none."""
    if target not in MADE:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for number, text in enumerate(sorted(set(MADE[target]()))):
        (folder / str(number)).write_text(text)
    return True
