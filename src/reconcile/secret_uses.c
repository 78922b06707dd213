/* Where the spec names Secrets, and what the cloud has of them: a certificate, the client of a backend service's Identity-Aware Proxy, keys
 * of signed URLs. The cloud shows none of the texts: names and digests tell. */
#include <string.h>

#include "kinds/cdn.h"
#include "reconcile/secret.h"

static void add(struct secret_uses *uses, struct secret_use use)
{
	if (uses->count == uses->capacity) {
		struct secret_use *before = uses->items;

		uses->capacity = uses->capacity ? 2 * uses->capacity : 8;
		uses->items = arena_alloc(json_arena(), uses->capacity * sizeof(*before));
		for (size_t i = 0; i < uses->count; i++)
			uses->items[i] = before[i];
	}
	uses->items[uses->count++] = use;
}

static void add_keys(
	struct secret_uses *uses, enum kind_id kind, const char *role, bool on, const struct lb_url_keys *keys)
{
	for (size_t i = 0; on && i < keys->count; i++) {
		add(uses, (struct secret_use){.form = SECRET_URL_KEY,
				  .secret = keys->items[i].secret_ref.name,
				  .member = keys->items[i].secret_ref.key,
				  .place = "cdnPolicy.signedUrlKeys",
				  .kind = kind,
				  .role = role,
				  .name = keys->items[i].name});
	}
}

static void add_service(struct secret_uses *uses, const struct lb_service *service)
{
	const struct lb_serving *serving = &service->serving;
	const struct lb_iap *iap = &serving->iap;
	const char *role = service_role("backend", service);

	if (iap->oauth2_client_secret_ref.name)
		add(uses, (struct secret_use){.form = SECRET_CLIENT,
				  .secret = iap->oauth2_client_secret_ref.name,
				  .member = iap->oauth2_client_secret_ref.key,
				  .place = "iap.oauth2ClientSecretRef",
				  .kind = KIND_BACKEND_SERVICE,
				  .role = role,
				  .name = iap->oauth2_client_id});
	add_keys(uses, KIND_BACKEND_SERVICE, role, serving->enable_cdn, &serving->cdn_policy.signed_url_keys);
}

struct secret_uses secret_uses(const struct lb *lb)
{
	const struct lb_certificates *entries = &lb->spec.frontend.tls.certificates;
	const struct lb_services *services = &lb->spec.services;
	const struct lb_backends *backends = &lb->spec.backends;
	struct secret_uses uses = {0};

	for (size_t i = 0; i < entries->count; i++) {
		if (entries->items[i].secret_ref.name)
			add(&uses, (struct secret_use){.form = SECRET_PAIR,
					   .secret = entries->items[i].secret_ref.name,
					   .member = "",
					   .place = "spec.frontend.tls.certificates",
					   .kind = KIND_SSL_CERTIFICATE,
					   .role = certificate_role(&entries->items[i])});
	}
	for (size_t i = 0; i < services->count; i++)
		add_service(&uses, &services->items[i]);
	for (size_t i = 0; i < backends->count; i++) {
		const struct lb_bucket *bucket = &backends->items[i].bucket;

		if (bucket->bucket_name)
			add_keys(&uses, KIND_BACKEND_BUCKET, bucket_role(backends->items[i].name), bucket->enable_cdn,
				&bucket->cdn_policy.signed_url_keys);
	}
	return uses;
}

/* --- what the cloud has --- */

/* hash: the end of its name; NULL: any. */
static const struct node *node_of(const struct entry *entry, const struct secret_use *use, const char *hash)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		const struct node *node = entry->nodes.items[i];

		if (node->kind->id == use->kind && node->presence == NODE_PRESENT &&
			text_equal(node->own_role, use->role) && (!hash || text_ends(node->own_name, hash)))
			return node;
	}
	return NULL;
}

static const cJSON *body_of(const struct entry *entry, const struct secret_use *use)
{
	const struct node *node = node_of(entry, use, NULL);

	return node ? json_parse_text(node->own_seen) : NULL;
}

bool secret_is_made(const struct entry *entry, const struct secret_use *use, const struct secret_part *part)
{
	if (use->form == SECRET_PAIR)
		return node_of(entry, use, part->digest) != NULL;
	if (use->form == SECRET_CLIENT)
		return text_equal(json_text(body_of(entry, use), "iap.oauth2ClientSecretSha256"), part->digest);
	return cdn_key_is(body_of(entry, use), use->name, part->digest);
}

bool secret_stands(const struct entry *entry, const struct secret_use *use)
{
	if (use->form == SECRET_PAIR)
		return node_of(entry, use, NULL) != NULL;
	if (use->form == SECRET_CLIENT)
		return text_equal(json_text(body_of(entry, use), "iap.oauth2ClientId"), use->name);
	return cdn_has_key(body_of(entry, use), use->name);
}
