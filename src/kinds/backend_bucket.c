/* Backend buckets: static content out of Cloud Storage beside the machines. The bucket itself is the user's: it is referred to by
 * name, never made, changed or deleted. */
#include "kinds/body.h"
#include "kinds/cdn.h"
#include "kinds/internal.h"
#include "kinds/serving.h"

static const struct kind_verb set_edge_security_policy = {
	.name = "setEdgeSecurityPolicy", .body = "securityPolicy", .after_insert = true};

static const struct kind_member members[] = {
	{"enableCdn", .rule = MEMBER_ABSENT_IS, .absent = "false"},
	CDN_MEMBERS,
	{"compressionMode", .rule = MEMBER_ABSENT_IS, .absent = "\"DISABLED\""},
	{"edgeSecurityPolicy", .rule = MEMBER_VERB, .verb = &set_edge_security_policy},
	{"edgeSecurityPolicy", .rule = MEMBER_LINK},
	{0},
};

static const struct kind_source sources[] = {
	{"bucketName", "spec.backends[].bucket.bucketName"},
	{"enableCdn", "spec.backends[].bucket.enableCDN"},
	{"cdnPolicy", "spec.backends[].bucket.cdnPolicy"},
	{"keyName", "spec.backends[].bucket.cdnPolicy.signedUrlKeys"},
	{"keyValue", "spec.backends[].bucket.cdnPolicy.signedUrlKeys"},
	{"compressionMode", "spec.backends[].bucket.compressionMode"},
	{"customResponseHeaders", "spec.backends[].bucket.customResponseHeaders"},
	{"edgeSecurityPolicy", "spec.backends[].bucket.edgeSecurityPolicy"},
	{"securityPolicy", "spec.backends[].bucket.edgeSecurityPolicy"},
	{0},
};

static void add(const struct kind_context *context, struct wants *wants, const struct lb_backend *backend)
{
	static const char *const alike[] = {"bucketName", "compressionMode", "customResponseHeaders", NULL};
	const cJSON *tree = model_bucket_tree(&backend->bucket);
	const char *role = bucket_role(backend->name);
	struct want *want = want_begin(wants, &kind_backend_bucket, context, role, backend->name, NULL);

	body_take_all(want->body, tree, alike);
	cdn_set(want, "enableCdn", tree, false, context);
	serving_set_policy(want->body, "edgeSecurityPolicy", context->lb, backend->bucket.edge_security_policy);
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_backends *backends = &context->lb->spec.backends;

	for (size_t i = 0; i < backends->count; i++) {
		if (backends->items[i].bucket.bucket_name)
			add(context, wants, &backends->items[i]);
	}
}

char *bucket_role(const char *backend)
{
	return arena_printf(json_arena(), "bucket-%s", backend);
}

static cJSON *toward(const struct node *node, const struct nodes *nodes)
{
	cJSON *body = json_copy(node->want);

	cdn_aim(body, node->seen);
	return body;
}

const struct kind kind_backend_bucket = {
	.id = KIND_BACKEND_BUCKET,
	.name = "BackendBucket",
	.text = "backend bucket",
	.collection = "backendBuckets",
	.list_path = "global/backendBuckets",
	.members = members,
	.sources = sources,
	.build = build,
	.toward = toward,
};
