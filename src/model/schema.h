/* The schema of a type as the API server wants it (structural OpenAPI v3 with CEL rules). */
#pragma once

#include "base/json.h"
#include "model/types.h"

/* Where in the spec a type is described. */
struct schema_site {
	const char *see; /* path of the object that it overrides, where its members are described; NULL: it is none */
	bool silent;     /* described where a description above says */
	bool override;   /* no defaults, no requirements, no rules about two members */
	bool common;     /* without its rare members */
};

/* A tree in the current arena. text: the description. */
cJSON *schema_build(const struct type *type, struct schema_site site, const char *text);
