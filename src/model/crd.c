/* What stands around the schema: names, columns, scale, and the root of the object. */
#include "model/crd.h"

#include "model/model.h"
#include "model/rules.h"
#include "model/schema.h"
#include "model/yaml_write.h"

struct column {
	const char *name, *type, *path, *text;
	bool wide; /* only with -o wide */
};

#define READY ".status.conditions[?(@.type==\"Ready\")]"

static const struct column columns[] = {
	{"Ready", "string", READY ".status", "Whether the load balancer serves as wanted.", false},
	{"Address", "string", ".status.address", "IPv4 address where clients arrive.", false},
	{"Healthy", "integer", ".status.readyReplicas", "Healthy machines.", false},
	{"Replicas", "integer", ".status.replicas", "Machines that exist.", false},
	{"Status", "string", READY ".reason", "One word on what is going on.", false},
	{"Age", "date", ".metadata.creationTimestamp", "Time since the object was created.", false},
	{"Pools", "string", ".status.display.pools", "Healthy and wanted machines by pool.", true},
	{"Template", "string", ".status.display.templates", "Instance template of each pool.", true},
	{"Project", "string", ".spec.project", "Google Cloud project.", true},
	{"Changed", "date", READY ".lastTransitionTime", "Last change of Ready.", true},
	{"Message", "string", READY ".message", "What is, and who must do what.", true},
};

static void add_names(cJSON *spec)
{
	cJSON *names = json_set_object(spec, "names");
	json_set_text(names, "plural", MODEL_PLURAL);
	json_set_text(names, "singular", "tfloadbalancer");
	json_set_text(names, "kind", MODEL_KIND);
	json_set_text(names, "listKind", MODEL_KIND "List");
	json_add_text(json_set_array(names, "shortNames"), "tflb");
}

static void add_subresources(cJSON *version)
{
	cJSON *subresources = json_set_object(version, "subresources");
	json_set_object(subresources, "status");
	cJSON *scale = json_set_object(subresources, "scale");
	json_set_text(scale, "specReplicasPath", ".spec.replicas");
	json_set_text(scale, "statusReplicasPath", ".status.replicasPerPool");
	json_set_text(scale, "labelSelectorPath", ".status.selector");
}

static void add_selectable(cJSON *version)
{
	cJSON *fields = json_set_array(version, "selectableFields");
	json_set_text(json_add_object(fields), "jsonPath", ".spec.project");
	json_set_text(json_add_object(fields), "jsonPath", ".spec.suspend");
}

static void add_columns(cJSON *version)
{
	cJSON *list = json_set_array(version, "additionalPrinterColumns");
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		cJSON *column = json_add_object(list);
		json_set_text(column, "name", columns[i].name);
		json_set_text(column, "type", columns[i].type);
		json_set_text(column, "jsonPath", columns[i].path);
		json_set_text(column, "description", columns[i].text);
		if (columns[i].wide)
			json_set_int(column, "priority", 1);
	}
}

static void add_standard_members(cJSON *properties)
{
	json_set_text(json_set_object(properties, "apiVersion"), "type", "string");
	json_set_text(json_set_object(properties, "kind"), "type", "string");
	cJSON *metadata = json_set_object(properties, "metadata");
	json_set_text(metadata, "type", "object");
	json_set_text(json_set_object(json_set_object(metadata, "properties"), "name"), "type", "string");
}

static cJSON *root_schema(void)
{
	static const struct schema_site whole = {.over = NULL};
	static const struct type root = {.kind = TYPE_OBJECT, .rules = object_rules};
	cJSON *schema =
		schema_build(&root, whole, "Pools of TensorFlow machines behind a Google Cloud HTTP load balancer.");
	json_add_text(json_set_array(schema, "required"), "spec");
	cJSON *properties = json_member(schema, "properties");
	add_standard_members(properties);
	json_set(properties, "spec", schema_build(&spec_type, whole, "What you want."));
	cJSON *status = schema_build(&status_type, whole, "What is. Written by the controller.");
	/* So that nobody takes an object that the controller has not seen yet for a healthy one. */
	json_set_int(json_set_object(status, "default"), "observedGeneration", -1);
	json_set(properties, "status", status);
	return schema;
}

static void add_version(cJSON *spec)
{
	cJSON *version = json_add_object(json_set_array(spec, "versions"));
	json_set_text(version, "name", MODEL_VERSION);
	json_set_bool(version, "served", true);
	json_set_bool(version, "storage", true);
	add_subresources(version);
	add_selectable(version);
	add_columns(version);
	json_set(json_set_object(version, "schema"), "openAPIV3Schema", root_schema());
}

cJSON *crd_build(void)
{
	cJSON *crd = cJSON_CreateObject();
	json_set_text(crd, "apiVersion", "apiextensions.k8s.io/v1");
	json_set_text(crd, "kind", "CustomResourceDefinition");
	json_set_text(json_set_object(crd, "metadata"), "name", MODEL_PLURAL "." MODEL_GROUP);
	cJSON *spec = json_set_object(crd, "spec");
	json_set_text(spec, "group", MODEL_GROUP);
	json_set_text(spec, "scope", "Namespaced");
	add_names(spec);
	add_version(spec);
	return crd;
}

char *model_crd_yaml(void)
{
	return yaml_write(crd_build());
}
