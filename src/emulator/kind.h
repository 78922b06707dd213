/* A collection of the API is one row of a table. Whatever has the usual verbs and is kept in the store needs no code but
 * its own rules: what it checks, what the server fills in, what it refers to. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"
#include "emulator/call.h"
#include "emulator/list.h"
#include "emulator/operation.h"
#include "emulator/store.h"

enum { /* scopes */
	EMU_IN_GLOBAL = 1,
	EMU_IN_REGION = 2,
	EMU_IN_ZONE = 4,
	EMU_IN_PROJECT = 8, /* projects/P/COLLECTION: zones and regions themselves */
};

enum emu_fingerprint {
	FINGERPRINT_NONE,
	FINGERPRINT_CHECKED,       /* printed, checked when sent */
	FINGERPRINT_NEEDED_BY_PUT, /* the same, and PUT without it is refused */
	FINGERPRINT_NEEDED,        /* PUT and PATCH without it are refused */
};

/* How a reference to something that does not exist is answered. */
enum emu_missing {
	MISSING_NOT_FOUND, /* 404 naming the referenced resource */
	MISSING_INVALID,   /* 400: "The referenced image resource cannot be found." */
	MISSING_FINE,      /* accepted */
};

/* Where a delete of something in use is refused. */
enum emu_in_use { IN_USE_AT_ONCE, IN_USE_IN_OPERATION, IN_USE_EITHER };

struct emu_reference {
	const char *field;       /* "backends[].group" */
	const char *collections; /* what it may point at, separated by '|' */
	enum emu_missing missing;
	bool uses;     /* the target cannot be deleted meanwhile */
	bool verbatim; /* read back as it was sent, instead of as a full URL */
};

/* A mutation that the row allows; type NULL: it does not. */
struct emu_verb_rule {
	const char *type;          /* operationType */
	int64_t least_ms, most_ms; /* how long it takes */
};

/* A custom verb: METHOD .../NAME/VERB. */
struct emu_verb {
	const char *name;
	const char *method;
	bool (*fn)(struct emu_call *call, struct emu_resource *resource);
	bool reads;         /* changes nothing: works while an operation runs */
	bool free_standing; /* no resource of the store belongs to it: fn gets NULL */
};

/* Whether something at a path can be referred to. */
enum emu_presence { PRESENCE_ABSENT, PRESENCE_COMING, PRESENCE_HERE, PRESENCE_LEAVING };

struct emu_kind {
	const char *collection; /* "urlMaps" */
	const char *message;    /* "UrlMap" */
	const char *noun;       /* "url_map": in texts and metrics */
	unsigned scopes;
	struct emu_verb_rule insert, patch, put, remove;
	enum emu_fingerprint fingerprint;
	bool labels; /* has labels with a fingerprint, which insert drops */
	enum emu_in_use in_use;
	const char
		*named_by; /* PATCH and PUT go to the collection, this parameter has the name; NULL: to the resource */
	const char *quota; /* metric of its count, NULL: none */
	const struct emu_reference *references; /* ends with field NULL; may be NULL */
	const char *const *immutable; /* members that PATCH and PUT may not change; ends with NULL; may be NULL */
	const struct emu_verb *verbs; /* ends with name NULL; may be NULL */

	/* All hooks may be NULL. */
	/* Judges a whole body: at insert (before NULL) or after a PATCH or PUT was worked in. */
	bool (*check)(struct emu_call *call, cJSON *body, const cJSON *before);
	/* Prepares body for the merge of patch, where merging member by member would be wrong. */
	void (*before_patch)(cJSON *body, const cJSON *patch);
	/* Takes over into a PUT's body what only verbs of its own change. */
	void (*before_put)(cJSON *body, const cJSON *before);
	/* Fills in what the server fills in. References are full URLs by now. */
	void (*complete)(struct emu_call *call, cJSON *body);
	/* More paths that the body refers to, beside its references. */
	void (*links)(struct emulator *emulator, const char *project, const cJSON *body, cJSON *paths);
	/* Adds what is computed at reading. */
	void (*render)(struct emulator *emulator, const struct emu_resource *resource, cJSON *body);
	/* An effect was applied; body text is the new one. EFFECT_DELETE: just before the resource goes. */
	void (*applied)(struct emulator *emulator, struct emu_resource *resource, enum emu_effect effect);
	/* A delete was accepted. Returns whether the resource itself will say when it is gone. */
	bool (*leaving)(struct emulator *emulator, struct emu_resource *resource);
	/* Path whose users count as users of resource; NULL hook: the resource's own. */
	char *(*used_as)(const struct emu_resource *resource);
	/* Somebody who uses it beyond the links of the store: a path, or NULL. */
	const char *(*also_used_by)(struct emulator *emulator, const struct emu_resource *resource);
	/* How the two are named in a refusal, where that is not by path. */
	void (*in_use_names)(const char **what, const char **by);
	void (*forget)(struct emu_resource *resource); /* frees own_extra */

	/* Collections that are not in the store. collect adds the items of one scope ("projects/P/zones/Z"). */
	void (*collect)(struct emulator *emulator, const char *scope_path, struct emu_items *items);
	/* The item as it is read, or NULL: there is none. */
	cJSON *(*find)(struct emulator *emulator, const char *path);
	/* Cheaper or finer than find. */
	enum emu_presence (*presence)(struct emulator *emulator, const char *path);
};

extern const struct emu_kind emu_health_check_kind, emu_backend_bucket_kind, emu_backend_service_kind, emu_url_map_kind,
	emu_target_http_proxy_kind, emu_target_https_proxy_kind, emu_ssl_certificate_kind, emu_ssl_policy_kind,
	emu_forwarding_rule_kind, emu_address_kind, emu_firewall_kind, emu_instance_template_kind,
	emu_group_manager_kind, emu_instance_group_kind, emu_instance_kind, emu_autoscaler_kind, emu_network_kind,
	emu_subnetwork_kind, emu_project_kind, emu_region_kind, emu_zone_kind, emu_machine_type_kind,
	emu_accelerator_type_kind, emu_image_kind, emu_operation_kind;

const struct emu_kind *emu_kind_find(const char *collection); /* NULL: no such collection */
size_t emu_kind_count(void);
const struct emu_kind *emu_kind_at(size_t index);
/* "compute#urlMap"; suffix "List", "AggregatedList" or "". In json_arena(). */
char *emu_kind_type(const struct emu_kind *kind, const char *suffix);

enum emu_presence emu_presence_of(struct emulator *emulator, const char *path);
