/* From a custom resource to struct lb, and the names that follow from it. No I/O, no clock. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/json.h"
#include "model/lb.h"

#define MODEL_GROUP "tflb.dev"
#define MODEL_VERSION "v1alpha1"
#define MODEL_KIND "TFLoadBalancer"
#define MODEL_PLURAL "tfloadbalancers"
#define MODEL_FINALIZER "tflb.dev/cloud-resources"

/* The annotation by which somebody asks for a fresh look. Its value is cut to what the status can hold. */
#define MODEL_ASK "tflb.dev/reconcile"
enum { MODEL_ASK_SIZE = 257 };
void model_ask(const cJSON *annotations, char value[MODEL_ASK_SIZE]); /* "": it is not there */

/* Parses, defaults and validates one object; memory of the current arena. false + err (class REJECTED, reason InvalidSpec;
 * the message begins with the spec's path) when the API server would not have let it pass; lb's metadata is filled even then
 * whenever the object has any. */
bool model_parse(const cJSON *object, struct lb *lb, struct error *err);

/* Whether the API server would let `after` take the place of `before`: model_parse's checks, and what must not change. Fails
 * as model_parse does, also when before is not valid itself. */
bool model_check_update(const cJSON *before, const cJSON *after, struct error *err);

/* A copy of the object with its spec as the API server would store it: every default filled in, unknown members and nulls
 * gone. Metadata and status are left alone. */
cJSON *model_default(const cJSON *object);

/* What the user set of one machine of the pool, members equal to their default left out, as canonical JSON text in the
 * arena: the input of the template's hash (design: an upgrade must not roll a machine). What has only a name in it
 * adds its region or zone.
 * lb has passed model_parse. */
char *model_template_inputs(const struct lb *lb, const struct lb_pool *pool);

/* Everything the user said that may decide whether the pool's machines become healthy, as canonical JSON text in the arena: the
 * spec without sizes, other pools, and what only tells us what to do. */
char *model_rollout_inputs(const struct lb *lb, const struct lb_pool *pool);

/* The template as JSON, every default in it: what Compute Engine names alike can be taken as it stands. Members that the user
 * left out and that have no default are absent. */
cJSON *model_template_tree(const struct lb_template *template);

/* Likewise, of what changes in place: a member that the user left out is null. */
cJSON *model_serving_tree(const struct lb_serving *serving);
cJSON *model_bucket_tree(const struct lb_bucket *bucket);
cJSON *model_routes_tree(const struct lb_routes *routes);
cJSON *model_route_tests_tree(const struct lb_route_tests *tests);
/* allInstancesConfig of the pool's machines: {"metadata":{},"labels":{}}, both always there. */
cJSON *model_config_tree(const struct lb_spec *spec, const struct lb_pool *pool);
cJSON *model_health_check_tree(const struct lb_health_check *check);

/* The CustomResourceDefinition as YAML text in the arena: crds/tflb.dev_tfloadbalancers.yaml is exactly this. */
char *model_crd_yaml(void);

/* Names: tflb-<id>-<name>-<role>[-<hash>], at most 63 characters (design section 4). */
enum { MODEL_ID_SIZE = 9, MODEL_NAME_SIZE = 64, MODEL_HASH_CHARACTERS = 8 };

/* May the text stand in an identity, as cluster, namespace, name or uid? 1 to 253 letters, digits and "-._:/": names and uids of
 * Kubernetes are such, and none of these characters grows when it is printed as JSON. */
bool model_is_identity(const char *text);
/* 8 base32 characters of the hash of cluster id, namespace and name. */
void model_id(const char *cluster, const char *namespace, const char *name, char id[MODEL_ID_SIZE]);
/* role: "url-map", "group-cpu"; hash: NULL or 8 characters. The object's name is sanitised and cut to fit; id, role and
 * hash are never cut: together they must fit, so a role has at most 40 characters. */
void model_name(
	const char *id, const char *object_name, const char *role, const char *hash, char name[MODEL_NAME_SIZE]);
/* "tflb-<id>-", the prefix of all names of one object. */
void model_prefix(const char *id, char prefix[MODEL_NAME_SIZE]);
