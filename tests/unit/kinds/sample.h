/* An object for tests of kinds and plan: parsed from JSON, with its wants. */
#pragma once

#include <assert.h>
#include <stddef.h>

#include "kinds/kind.h"

struct sample {
	struct lb lb;
	struct identity who;
	struct wants wants;
};

#define SAMPLE_IMAGE "projects/images/global/images/family/tf"

/* spec: members beside project, template and pools, which it may override, or "". */
static inline void sample_make(struct sample *sample, const char *spec)
{
	cJSON *object =
		json_parse_text("{\"apiVersion\":\"tflb.dev/v1alpha1\",\"kind\":\"TFLoadBalancer\",\"metadata\":"
				"{\"name\":\"tf\",\"namespace\":\"ml\",\"uid\":\"uid-1\",\"generation\":1,"
				"\"resourceVersion\":\"1\",\"creationTimestamp\":\"2026-06-13T10:00:00Z\"},"
				"\"spec\":{\"project\":\"my-project\",\"template\":{\"image\":\"" SAMPLE_IMAGE
				"\"},\"pools\":[{\"name\":\"w\",\"zone\":\"us-central1-a\"}]}}");
	struct error err = {0};
	bool parsed;

	if (spec[0])
		json_merge(json_member(object, "spec"), json_parse_text(spec));
	*sample = (struct sample){0};
	parsed = model_parse(object, &sample->lb, &err);
	assert(parsed);
	sample->who = (struct identity){.cluster = "cluster-1", .namespace = "ml", .name = "tf", .uid = "uid-1"};
	model_id("cluster-1", "ml", "tf", sample->who.id);
	kinds_want(&(struct kind_context){.lb = &sample->lb, .who = &sample->who}, &sample->wants);
}

/* A node for a want, present with the goal as seen body. */
static inline struct node sample_node(const struct want *want)
{
	return (struct node){
		.kind = want->kind,
		.own_name = arena_strdup(json_arena(), want->name),
		.own_location = arena_strdup(json_arena(), want->location),
		.own_project = arena_strdup(json_arena(), want->project),
		.own_role = arena_strdup(json_arena(), want->role),
		.own_part = arena_strdup(json_arena(), want->part),
		.presence = NODE_PRESENT,
		.verified = true,
		.wanted = true,
		.external = want->body == NULL,
		.want = want->body,
		.least_healthy = want->least_healthy,
		.terms = want->terms,
		.migration = want->migration,
		.fronts = want->fronts,
		.seen = want->body ? json_copy(want->body) : cJSON_CreateObject(),
	};
}
