#!/usr/bin/env bash
# crd.sh KUBECONFIG: the CRD on a real API server, with the real kubectl: it is accepted and gets Established, every rule and
# default case behaves as in C, and explain, columns, field selectors and scale work. Prints one ok or FAIL line per check
# and exits 1 after a failure. No controller may be running: objects are made and deleted in namespaces of its own.
set -uo pipefail
[ $# -eq 1 ] || { echo "usage: crd.sh KUBECONFIG" >&2; exit 2; }

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
crd=$root/crds
kubectl_program=$("$root/tests/controlplane/kubectl") || exit 1
export KUBECONFIG=$1
namespace=crd-check
failed=0

k() { "$kubectl_program" "$@"; }

# check WHAT COMMAND...: one line; on failure also what the command said.
check() {
  local what=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok   $what"
  else
    echo "FAIL $what"
    sed 's/^/     /' <<<"$output"
    failed=1
  fi
}

# says TEXT COMMAND...: the command's output holds the text.
says() {
  local text=$1 output
  shift
  output=$("$@" 2>&1)
  grep -qF -- "$text" <<<"$output" || { printf 'no "%s" in:\n%s\n' "$text" "$output"; return 1; }
}

# refused TEXT COMMAND...: the command fails and says the text.
refused() {
  local text=$1 output
  shift
  output=$("$@" 2>&1) && { printf 'accepted:\n%s\n' "$output"; return 1; }
  grep -qF -- "$text" <<<"$output" || { printf 'no "%s" in:\n%s\n' "$text" "$output"; return 1; }
}

condition_established() { k wait --for=condition=Established --timeout=30s -f "$crd"; }

established() {
  k apply -f "$crd" || return 1
  # kubectl wait takes it for an error when there is no condition at all yet.
  condition_established || { sleep 1; condition_established; } || return 1
  # Discovery and explain follow the condition by a moment.
  for _ in $(seq 100); do
    k explain tflb.spec >/dev/null 2>&1 && return
    sleep 0.1
  done
  echo "kubectl explain does not know tflb"
  return 1
}

# Nothing of the file was dropped or changed on the way: apply would have to change nothing.
unchanged() { k diff -f "$crd"; }

made_namespace() { k create namespace $namespace --dry-run=client -o yaml | k apply -f -; }

explained() {
  local output
  output=$(k explain tflb.spec --recursive) && ! grep -q '<empty>' <<<"$output" && says 'requestPath' echo "$output"
}

object() {
  sed "s/^  name: tf\$/  name: ${1:-tf}/" "$root/deploy/examples/tflb.yaml"
}

columns() {
  says 'NAME   READY   ADDRESS   HEALTHY   REPLICAS   STATUS   AGE' k get tflb -n $namespace &&
    says 'POOLS   TEMPLATE   PROJECT      CHANGED   MESSAGE' k get tflb -n $namespace -o wide
}

filled_columns() {
  local status='{"status":{"observedGeneration":1,"address":"192.0.2.7","readyReplicas":2,"replicas":3,"replicasPerPool":3,
    "selector":"tflb.dev/name=tf","display":{"pools":"tf 2/3","templates":"tf-1"},"conditions":[{"type":"Ready",
    "status":"False","reason":"Unhealthy","message":"too few","lastTransitionTime":"2026-01-02T03:04:05Z"}]}}'
  k patch tflb/tf -n $namespace --subresource=status --type=merge -p "$status" || return 1
  says 'tf False 192.0.2.7 2 3 Unhealthy' words k get tflb -n $namespace &&
    says 'tf 2/3 tf-1 my-project' words k get tflb -n $namespace -o wide &&
    says 'too few' words k get tflb -n $namespace -o wide
}

words() { "$@" | tr -s ' '; }

selected() {
  [ "$(k get tflb -n $namespace -o name --field-selector spec.project=my-project)" ] &&
    [ -z "$(k get tflb -n $namespace -o name --field-selector spec.suspend=true)" ]
}

scaled() {
  k scale tflb/tf -n $namespace --replicas=5 &&
    says 5 k get tflb/tf -n $namespace -o jsonpath='{.spec.replicas}' &&
    says '"selector":"tflb.dev/name=tf"' k get --raw "/apis/tflb.dev/v1alpha1/namespaces/$namespace/tfloadbalancers/tf/scale" &&
    says '"status":{"replicas":3' k get --raw "/apis/tflb.dev/v1alpha1/namespaces/$namespace/tfloadbalancers/tf/scale"
}

own_sizes() {
  local edit='[{"op":"add","path":"/spec/pools/0/replicas","value":2}]'
  k patch tflb/tf -n $namespace --type=json -p "$edit" &&
    refused 'every pool sets replicas or autoscaling of its own' k scale tflb/tf -n $namespace --replicas=7
}

# Argo CD compares as client-side apply does: a second apply must find nothing to do.
applied_twice() {
  object again | k apply -n $namespace -f - && says unchanged applied_again
}
applied_again() { object again | k apply -n $namespace -f -; }

server_side() {
  object sides | k apply --server-side --field-manager=team-a -n $namespace -f - &&
    k apply --server-side --field-manager=team-b -n $namespace -f - <<<'
apiVersion: tflb.dev/v1alpha1
kind: TFLoadBalancer
metadata: {name: sides}
spec: {pools: [{name: other, zone: us-central1-b}]}' &&
    says 'tf other' k get tflb/sides -n $namespace -o jsonpath='{.spec.pools[*].name}'
}

check "the CRD is accepted and established" established
check "nothing of it is dropped or changed" unchanged
check "kubectl explain knows the fields" explained
check "kubectl explain tells defaults" \
  says 'Default: n1-standard-4' k explain tflb.spec.template.machineType
check "rule and default cases" python3 "$root/tests/e2e/crd_cases.py" "$KUBECONFIG" "$root/tests/data"
check "the examples are accepted" k apply --dry-run=server -f "$root/deploy/examples" -f "$root/deploy/examples/policies"
check "a namespace for objects" made_namespace
check "the example object is created" k apply -n $namespace -f <(object)
check "columns" columns
check "columns with a status" filled_columns
check "field selectors" selected
check "kubectl scale" scaled
check "kubectl scale where every pool has its size" own_sizes
check "a second apply changes nothing" applied_twice
check "two teams own a pool each" server_side
check "an unknown member is refused by kubectl" refused 'unknown field "spec.nope"' \
  k apply -n $namespace -f <(object strict; echo '  nope: 1')
check "objects are deleted" k delete tflb --all -n $namespace

exit $failed
