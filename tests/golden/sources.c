/* sources FOLDER...: what the cloud may say of any member of a body that a golden case of FOLDER wants, is said of a field of the spec;
 * or the member is ours, and stands in the list below. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "golden/case.h"
#include "model/crd.h"
#include "tools/file_text.h"

/* Members whose values no user wrote. */
static const struct {
	enum kind_id kind;
	const char *member;
} ours[] = {
	{KIND_ADDRESS, "addressType"},
	{KIND_ADDRESS, "networkTier"},
	{KIND_FIREWALL, "direction"},
	{KIND_FIREWALL, "disabled"},
	{KIND_FIREWALL, "sourceRanges[]"}, /* of Google's probes and proxies */
	{KIND_FIREWALL, "sourceTags[]"},   /* machines of a training cluster */
	{KIND_FIREWALL, "targetTags[]"},
	{KIND_GROUP, "autoHealingPolicies[].healthCheck"},
	{KIND_AUTOSCALER, "target"},
	{KIND_BACKEND_SERVICE, "healthChecks[]"},
	{KIND_URL_MAP, "defaultService"},
	{KIND_SSL_CERTIFICATE, "type"},
	{KIND_TARGET_HTTP_PROXY, "urlMap"},
	{KIND_TARGET_HTTPS_PROXY, "urlMap"},
	{KIND_FORWARDING_RULE, "IPProtocol"},
	{KIND_FORWARDING_RULE, "networkTier"},
	{KIND_FORWARDING_RULE, "target"},
};

struct sources {
	const cJSON *schema; /* of the object */
	cJSON *met;          /* "KIND member" -> true */
	int failed;
};

static void complain(struct sources *sources, const char *kind, const char *member, const char *what)
{
	printf("FAIL %s.%s: %s\n", kind, member, what);
	sources->failed++;
}

/* "spec.pools[cpu].replicas" is a field of the API. */
static bool is_in_spec(const struct sources *sources, const char *path)
{
	const cJSON *schema = sources->schema;

	while (schema && *path) {
		size_t length = strcspn(path, ".[");

		schema = json_member(json_member(schema, "properties"), arena_strndup(json_arena(), path, length));
		path += length;
		for (; *path == '['; path += strcspn(path, "]") + 1)
			schema = json_member(schema, "items");
		path += *path == '.';
	}
	return schema != NULL;
}

static bool is_ours(const struct kind *kind, const char *member)
{
	if (text_equal(member, "name") || text_equal(member, "description"))
		return true;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (ours[i].kind == kind->id && text_equal(ours[i].member, member))
			return true;
	}
	return false;
}

/* "disks[0].boot" is a row "disks[].boot". */
static char *without_indexes(const char *member)
{
	char *plain = arena_strdup(json_arena(), member), *to = plain;

	for (const char *at = member; *at; at++) {
		if (at[0] == '[')
			*to++ = *at, at += strcspn(at, "]");
		*to++ = *at;
	}
	*to = '\0';
	return plain;
}

static char *key_of(const struct kind *kind, const char *member)
{
	return arena_printf(json_arena(), "%s %s", kind->name, member);
}

static bool was_met(const struct sources *sources, const struct kind *kind, const char *member)
{
	return json_member(sources->met, key_of(kind, member)) != NULL;
}

static void see_leaf(struct sources *sources, const struct want *want, const char *member)
{
	static const char said[] = "Invalid value for ";
	const char *plain = without_indexes(member);
	char *message = arena_printf(json_arena(), "%sfield 'resource.%s': '1'.", said, member);
	char *told = kind_in_spec(want->kind, want->part, NULL, message) + strlen(said);

	if (was_met(sources, want->kind, plain))
		return;
	json_set_bool(sources->met, key_of(want->kind, plain), true);
	if (text_starts(told, "field '") != is_ours(want->kind, plain))
		complain(sources, want->kind->name, plain,
			is_ours(want->kind, plain) ? "is no longer ours" : "where does it come from?");
	told[strcspn(told, ":,")] = '\0';
	if (!text_starts(told, "field '") && !is_in_spec(sources, told))
		complain(sources, want->kind->name, plain, arena_printf(json_arena(), "the spec has no %s", told));
}

static void see(struct sources *sources, const struct want *want, const cJSON *body, const char *above)
{
	const cJSON *member;
	int index = 0;

	if (!body->child && !cJSON_IsNull(body) && !cJSON_IsObject(body) && !cJSON_IsArray(body))
		see_leaf(sources, want, above);
	cJSON_ArrayForEach(member, body)
	{
		char *path = cJSON_IsArray(body)
		                     ? arena_printf(json_arena(), "%s[%d]", above, index++)
		                     : arena_printf(json_arena(), "%s%s%s", above, *above ? "." : "", member->string);

		see(sources, want, member, path);
	}
}

static void see_case(struct sources *sources, const char *file)
{
	size_t length = 0;
	AUTO_FREE char *text = file_text(file, &length);
	const cJSON *tree = text ? json_parse(text, length, (struct json_limits){0}, NULL) : NULL;
	struct golden_case c;
	struct error err = {0};

	if (!tree || !case_make(tree, cJSON_CreateObject(), &c, &err)) {
		complain(sources, file, "", err.message);
		return;
	}
	for (size_t i = 0; i < c.wants.count; i++) {
		if (c.wants.items[i].body)
			see(sources, &c.wants.items[i], c.wants.items[i].body, "");
	}
}

static void see_folder(struct sources *sources, const char *folder)
{
	DIR *open = opendir(folder);
	const struct dirent *entry;

	while (open && (entry = readdir(open))) {
		if (text_ends(entry->d_name, ".json"))
			see_case(sources, arena_printf(json_arena(), "%s/%s", folder, entry->d_name));
	}
	if (open)
		closedir(open);
}

static void check_ours(struct sources *sources)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		const struct kind *kind = kind_at(ours[i].kind);

		if (!was_met(sources, kind, ours[i].member))
			complain(sources, kind->name, ours[i].member, "stands in no body");
	}
}

int main(int argc, char **argv)
{
	JSON_WORK(work);
	struct sources sources = {
		.schema = json_at(crd_build(), "spec.versions[0].schema.openAPIV3Schema"), .met = cJSON_CreateObject()};

	for (int i = 1; i < argc; i++)
		see_folder(&sources, argv[i]);
	check_ours(&sources);
	printf("%d members, %d failures\n", cJSON_GetArraySize(sources.met), sources.failed);
	return sources.failed > 0 || cJSON_GetArraySize(sources.met) < 100;
}
