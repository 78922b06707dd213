/* backendBuckets: static content out of Cloud Storage. Whether the bucket is there nobody asks here. */
#include <string.h>

#include "emulator/armor.h"
#include "emulator/cdn.h"
#include "emulator/kind.h"
#include "emulator/resource.h"

/* 3 to 63 characters, 222 with dots (Cloud Storage). */
static bool is_bucket_name(const char *name)
{
	size_t length = strlen(name);

	return length >= 3 && length <= (strchr(name, '.') ? 222 : 63) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == length && !strchr("-_.", name[0]) &&
	       !strchr("-_.", name[length - 1]);
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	const char *bucket = json_text(body, "bucketName");

	if (!bucket)
		return emu_refuse_required(&call->refusal, "bucketName");
	if (!is_bucket_name(bucket))
		return emu_refuse_field(&call->refusal, "bucketName", bucket, "It is no name of a bucket.");
	return emu_cdn_check(call, body);
}

static void complete(struct emu_call *call, cJSON *body)
{
	emu_default_bool(body, "enableCdn", false);
	emu_cdn_complete(body, "enableCdn", false);
}

static bool set_edge_security_policy(struct emu_call *call, struct emu_resource *resource)
{
	return emu_set_policy(call, resource, "edgeSecurityPolicy", "setEdgeSecurityPolicy");
}

static const struct emu_verb verbs[] = {
	{.name = "setEdgeSecurityPolicy", .method = "POST", .fn = set_edge_security_policy},
	{.name = "addSignedUrlKey", .method = "POST", .fn = emu_add_url_key},
	{.name = "deleteSignedUrlKey", .method = "POST", .fn = emu_delete_url_key},
	{.name = NULL},
};

const struct emu_kind emu_backend_bucket_kind = {
	.collection = "backendBuckets",
	.message = "BackendBucket",
	.noun = "backend_bucket",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 2000, 20000},
	.patch = {"patch", 2000, 20000},
	.put = {"update", 2000, 20000},
	.remove = {"delete", 2000, 20000},
	.quota = "BACKEND_BUCKETS",
	.verbs = verbs,
	.check = check,
	.before_put = emu_keep_url_keys,
	.complete = complete,
	.render = emu_render_users,
};
