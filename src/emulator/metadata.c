/* The metadata server of a machine or a pod: who it is, in which project, and tokens of its account. It gives the same token out again
 * until a few minutes before its end. Whose machine asks is known by no address here: a machine of a group asks below its own path. */
#include <string.h>

#include "base/str.h"
#include "emulator/call.h"
#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"

enum { RENEW_S = 240, LIST_MAX = 65536 };

static const char ROOT[] = "/computeMetadata/v1/";
static const char ACCOUNTS[] = "instance/service-accounts/";
static const char ATTRIBUTES[] = "instance/attributes/";
static const char EMAIL[] = "machine@my-project.iam.gserviceaccount.com";

static bool answer_text(struct emu_call *call, const char *text)
{
	return emu_answer_text(call, 200, "application/text", text, strlen(text));
}

static bool answer_json(struct emu_call *call, const cJSON *body)
{
	const char *text = json_print(body);

	return emu_answer_text(call, 200, "application/json", text, strlen(text));
}

/* Errors are pages for people. */
static bool answer_page(struct emu_call *call, int status, const char *reason, const char *why)
{
	const char *page = arena_printf(json_arena(),
		"<!DOCTYPE html>\n<html lang=en>\n<title>Error %d!!1</title>\n<p><b>%d.</b> That's an error.\n<p>%s\n",
		status, status, why);

	call->refusal.reason = reason;
	return emu_answer_text(call, status, "text/html; charset=UTF-8", page, strlen(page));
}

static bool answer_token(struct emu_call *call)
{
	struct emulator *emulator = call->emulator;
	struct emu_identity *identity = &emulator->identity;
	const struct emu_token *kept = identity->own_metadata ? emu_token_find(emulator, identity->own_metadata) : NULL;
	cJSON *body = cJSON_CreateObject();

	if (!kept || kept->ends - emulator->now < emu_client_seconds(emulator, RENEW_S)) {
		const char *fresh = emu_token_issue(emulator, EMAIL, EMU_SCOPE_ALL, identity->token_life_s);
		mem_free(identity->own_metadata);
		identity->own_metadata = mem_strdup(fresh);
		kept = emu_token_find(emulator, fresh);
	}
	json_set_text(body, "access_token", identity->own_metadata);
	json_set_int(body, "expires_in", (kept->ends - emulator->now) / emu_client_seconds(emulator, 1));
	json_set_text(body, "token_type", "Bearer");
	return answer_json(call, body);
}

static bool answer_account(struct emu_call *call)
{
	cJSON *body = cJSON_CreateObject();

	json_add_text(json_set_array(body, "aliases"), "default");
	json_set_text(body, "email", EMAIL);
	json_add_text(json_set_array(body, "scopes"), EMU_SCOPE_ALL);
	return answer_json(call, body);
}

/* path: below ACCOUNTS. */
static bool serve_account(struct emu_call *call, const char *path)
{
	size_t length = strcspn(path, "/");
	const char *name = arena_strndup(json_arena(), path, length);
	const char *what = path[length] ? path + length + 1 : NULL;

	if (!what || (strcmp(name, "default") != 0 && strcmp(name, EMAIL) != 0))
		return answer_page(call, 404, "notFound", "The requested URL was not found on this server.");
	if (!*what && emu_query_true(&call->query, "recursive", false))
		return answer_account(call);
	if (!strcmp(what, "token"))
		return answer_token(call);
	if (!strcmp(what, "email"))
		return answer_text(call, EMAIL);
	return *what ? answer_page(call, 404, "notFound", "The requested URL was not found on this server.")
	             : answer_text(call, "aliases\nemail\nidentity\nscopes\ntoken\n");
}

static bool serve(struct emu_call *call, const char *path)
{
	static const char *const texts[][2] = {
		{"project/project-id", "my-project"},
		{"project/numeric-project-id", "123456789012"},
		{"instance/zone", "projects/123456789012/zones/us-central1-a"},
		{"universe/universe-domain", "googleapis.com"},
	};

	if (text_starts(path, ACCOUNTS))
		return serve_account(call, path + strlen(ACCOUNTS));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(texts[i][0], path))
			return answer_text(call, texts[i][1]);
	return answer_page(call, 404, "notFound", "The requested URL was not found on this server.");
}

/* The values of a machine's metadata; key NULL: their names, one a line. */
static bool answer_attribute(struct emu_call *call, const cJSON *machine, const char *key)
{
	AUTO_STR struct str names = STR_INIT(LIST_MAX);
	const cJSON *item;

	cJSON_ArrayForEach(item, json_at(machine, "metadata.items"))
	{
		const char *name = json_text_or(item, "key", "");

		if (key && !strcmp(name, key))
			return answer_text(call, json_text_or(item, "value", ""));
		str_addf(&names, "%s\n", name);
	}
	if (key)
		return answer_page(call, 404, "notFound", "The requested URL was not found on this server.");
	return answer_text(call, arena_strdup(json_arena(), str_text(&names)));
}

/* path: below ROOT. */
static bool serve_machine(struct emu_call *call, const cJSON *machine, const char *resource, const char *path)
{
	const char *project = emu_link_project(resource), *zone = emu_link_location(resource);
	const char *name = json_text_or(machine, "name", "");
	char number[16];

	emu_project_number(project, number);
	if (text_starts(path, ATTRIBUTES))
		return answer_attribute(call, machine, path[strlen(ATTRIBUTES)] ? path + strlen(ATTRIBUTES) : NULL);
	if (!strcmp(path, "instance/name"))
		return answer_text(call, name);
	if (!strcmp(path, "instance/id"))
		return answer_text(call, json_text_or(machine, "id", ""));
	if (!strcmp(path, "instance/hostname"))
		return answer_text(call, arena_printf(json_arena(), "%s.%s.c.%s.internal", name, zone, project));
	if (!strcmp(path, "instance/zone"))
		return answer_text(call, arena_printf(json_arena(), "projects/%s/zones/%s", number, zone));
	if (!strcmp(path, "project/project-id"))
		return answer_text(call, project);
	if (!strcmp(path, "project/numeric-project-id"))
		return answer_text(call, number);
	return serve(call, path);
}

/* "/projects/P/zones/Z/instances/N/computeMetadata/v1/..." */
static bool serve_below(struct emu_call *call, const char *root)
{
	const char *resource = arena_strndup(json_arena(), call->path + 1, (size_t)(root - call->path - 1));
	const char *path = root + strlen(ROOT);
	const cJSON *machine = emu_link_is_zonal(resource) && text_equal(emu_link_collection(resource), "instances")
	                               ? emu_instance_kind.find(call->emulator, resource)
	                               : NULL;

	if (!machine)
		return answer_page(call, 404, "notFound", "There is no such machine.");
	return serve_machine(call, machine, resource, emu_percent_decode(path, strlen(path), false));
}

bool emu_metadata(struct emu_call *call)
{
	const char *root = text_starts(call->path, "/projects/") ? strstr(call->path, ROOT) : NULL;

	if (!text_equal(call->metadata_flavor, "Google"))
		return answer_page(call, 403, "forbidden", "Missing Metadata-Flavor:Google header.");
	if (call->forwarded_for)
		return answer_page(
			call, 403, "forbidden", "Your client does not have permission: X-Forwarded-For is set.");
	if (strcmp(call->method, "GET") != 0)
		return answer_page(call, 405, "methodNotAllowed", "The request method is inappropriate for this URL.");
	if (!strcmp(call->path, "/"))
		return answer_text(call, "computeMetadata/\n");
	if (root)
		return serve_below(call, root);
	if (!text_starts(call->path, ROOT))
		return answer_page(call, 404, "notFound", "The requested URL was not found on this server.");
	return serve(call, emu_percent_decode(call->path + strlen(ROOT), strlen(call->path) - strlen(ROOT), false));
}
