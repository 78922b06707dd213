/* healthChecks: no fingerprint; exactly one block that fits the type. */
#include <string.h>

#include "base/str.h"
#include "emulator/core.h"
#include "emulator/groups.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/resource.h"

static const struct type {
	const char *type, *block;
	int port;      /* 0: none is filled in */
	bool has_path; /* has requestPath */
} types[] = {
	{"HTTP", "httpHealthCheck", 80, true},
	{"HTTPS", "httpsHealthCheck", 443, true},
	{"HTTP2", "http2HealthCheck", 443, true},
	{"TCP", "tcpHealthCheck", 80, false},
	{"SSL", "sslHealthCheck", 443, false},
	{"GRPC", "grpcHealthCheck", 0, false},
};
enum { TYPES = sizeof(types) / sizeof(types[0]) };

static const struct type *type_of(const cJSON *body)
{
	const char *name = json_text_or(body, "type", "");

	for (size_t i = 0; i < TYPES; i++)
		if (!strcmp(types[i].type, name))
			return &types[i];
	return NULL;
}

static bool check_blocks(struct emu_call *call, const cJSON *body, const struct type *type)
{
	for (size_t i = 0; i < TYPES; i++)
		if (&types[i] != type && json_member(body, types[i].block))
			return emu_refuse_field(&call->refusal, types[i].block,
				json_print(json_member(body, types[i].block)),
				"A health check of type %s cannot have this block.", type->type);
	return emu_check_range(call, body, arena_printf(json_arena(), "%s.port", type->block), 1, 65535);
}

/* GRPC has no port of its own, and no type a port by its name (gce-compute-v1.md 7.5). */
static bool check_port(struct emu_call *call, const cJSON *body, const struct type *type)
{
	const cJSON *block = json_member(body, type->block);
	const char *by = json_text_or(block, "portSpecification", "USE_FIXED_PORT");

	if (text_equal(by, "USE_NAMED_PORT"))
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.portSpecification", type->block),
			by, "Not supported.");
	if (text_equal(by, "USE_SERVING_PORT") && json_has(block, "port"))
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.port", type->block),
			json_print(json_member(block, "port")), "Not allowed with USE_SERVING_PORT.");
	if (!type->port && text_equal(by, "USE_FIXED_PORT") && !json_has(block, "port"))
		return emu_refuse_required(&call->refusal, arena_printf(json_arena(), "%s.port", type->block));
	return true;
}

static bool check_times(struct emu_call *call, const cJSON *body)
{
	int64_t timeout = json_int(body, "timeoutSec", 5);

	if (!emu_check_range(call, body, "checkIntervalSec", 1, 300) ||
		!emu_check_range(call, body, "timeoutSec", 1, 300) ||
		!emu_check_range(call, body, "healthyThreshold", 1, 10) ||
		!emu_check_range(call, body, "unhealthyThreshold", 1, 10))
		return false;
	if (timeout <= json_int(body, "checkIntervalSec", 5))
		return true;
	return emu_refuse_field(&call->refusal, "timeoutSec", arena_printf(json_arena(), "%d", (int)timeout),
		"TimeoutSec should be less than or equal to checkIntervalSec.");
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	const struct type *type = type_of(body);
	const char *path = type && type->has_path ? json_text(json_member(body, type->block), "requestPath") : NULL;

	if (!emu_check_present(call, body, "type"))
		return false;
	if (!type)
		return emu_refuse_field(
			&call->refusal, "type", json_text_or(body, "type", ""), "Unknown type of health check.");
	if (path && *path != '/')
		return emu_refuse_field(&call->refusal, arena_printf(json_arena(), "%s.requestPath", type->block), path,
			"Must start with '/'.");
	return check_blocks(call, body, type) && check_port(call, body, type) && check_times(call, body);
}

static void complete(struct emu_call *call, cJSON *body)
{
	const struct type *type = type_of(body);
	cJSON *block = emu_default_object(body, type->block);
	bool serving_port = text_equal(json_text(block, "portSpecification"), "USE_SERVING_PORT");

	emu_default_int(body, "checkIntervalSec", 5);
	emu_default_int(body, "timeoutSec", 5);
	emu_default_int(body, "healthyThreshold", 2);
	emu_default_int(body, "unhealthyThreshold", 2);
	if (type->port && !serving_port)
		emu_default_int(block, "port", type->port);
	if (type->has_path)
		emu_default_text(block, "requestPath", "/");
	if (type->port)
		emu_default_text(block, "proxyHeader", "NONE");
}

/* Uses by backend services are reported with internal names, those by groups with paths. */
static void in_use_names(const char **what, const char **by)
{
	char what_number[16], by_number[16];

	if (strcmp(emu_link_collection(*by), "backendServices") != 0)
		return;
	emu_project_number(emu_link_project(*what), what_number);
	emu_project_number(emu_link_project(*by), by_number);
	*what = arena_printf(
		json_arena(), "GLOBAL:global/PROJECT:%s/HEALTH_CHECK:%s", what_number, emu_link_name(*what));
	*by = arena_printf(json_arena(), "GLOBAL:global/PROJECT:%s/BACKEND_SERVICE:%s", by_number, emu_link_name(*by));
}

static void applied(struct emulator *emulator, struct emu_resource *resource, enum emu_effect effect)
{
	emu_groups_touch(emulator, emu_link_project(resource->own_path), resource->own_path);
}

const struct emu_kind emu_health_check_kind = {
	.collection = "healthChecks",
	.message = "HealthCheck",
	.noun = "health_check",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 2000, 10000},
	.patch = {"patch", 2000, 10000},
	.put = {"update", 2000, 10000},
	.remove = {"delete", 2000, 10000},
	.quota = "HEALTH_CHECKS",
	.check = check,
	.complete = complete,
	.in_use_names = in_use_names,
	.applied = applied,
};
