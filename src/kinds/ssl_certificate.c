/* Certificates. One cannot be changed, so what it is for is hashed into its name: a new one is made, the proxy shows both until
 * Google has obtained it, then the old one goes. Of those out of Secrets the chain is hashed, never the key. Existing ones that
 * the user names are referred to and never written. Lists and nodes do without the certificate's own text. */
#include <stdlib.h>
#include <string.h>

#include "kinds/internal.h"

static const struct kind_source sources[] = {
	{"managed.domains", "spec.frontend.tls.certificates[].domains"},
	{"selfManaged", "spec.frontend.tls.certificates[].secretRef"},
	{"certificate", "spec.frontend.tls.certificates[].secretRef"},
	{"privateKey", "spec.frontend.tls.certificates[].secretRef"},
	{0},
};

/* Their order means nothing. */
static cJSON *sorted(const struct lb_texts *domains)
{
	char **texts = arena_alloc(json_arena(), domains->count * sizeof(*texts));
	cJSON *array = cJSON_CreateArray();

	memcpy(texts, domains->items, domains->count * sizeof(*texts));
	qsort(texts, domains->count, sizeof(*texts), text_order);
	for (size_t i = 0; i < domains->count; i++)
		json_add_text(array, texts[i]);
	return array;
}

static void add_managed(const struct kind_context *context, struct wants *wants, const struct lb_certificate *entry)
{
	cJSON *inputs = cJSON_CreateObject(), *domains = sorted(&entry->domains), *body;
	char hash[HASH_SIZE];

	json_set(inputs, "domains", json_copy(domains));
	hash_inputs(inputs, hash);
	body = want_begin(wants, &kind_ssl_certificate, context, certificate_role(entry), entry->name, hash)->body;
	json_set_text(body, "type", "MANAGED");
	json_set(json_set_object(body, "managed"), "domains", domains);
}

static const struct kind_pair *pair_of(const struct kind_context *context, const char *secret)
{
	for (size_t i = 0; i < context->pair_count; i++) {
		if (text_equal(context->pairs[i].secret, secret))
			return &context->pairs[i];
	}
	return NULL;
}

/* The newest of the entry that there is: what a Secret that can't be used was before still serves. */
static const struct node *standing(const struct kind_context *context, const char *role)
{
	const struct node *newest = NULL;

	for (size_t i = 0; i < context->nodes.count; i++) {
		const struct node *node = context->nodes.items[i];

		if (node->kind->id == KIND_SSL_CERTIFICATE && node->presence == NODE_PRESENT && !node->external &&
			text_equal(node->own_role, role) && (!newest || node_is_newer(node, newest)))
			newest = node;
	}
	return newest;
}

static void add_pair(const struct kind_context *context, struct wants *wants, const struct lb_certificate *entry)
{
	const struct kind_pair *pair = pair_of(context, entry->secret_ref.name);
	const char *role = certificate_role(entry);
	bool known = pair && pair->hash[0];
	const struct node *node = known ? NULL : standing(context, role);
	struct want *want;
	cJSON *content;

	if (!known && !node)
		return;
	want = want_begin(wants, &kind_ssl_certificate, context, role, entry->name, known ? pair->hash : NULL);
	if (node) {
		text_copy(want->name, sizeof(want->name), node->own_name);
		json_set_text(want->body, "name", node->own_name);
	}
	json_set_text(want->body, "type", "SELF_MANAGED");
	if (!known || !pair->key)
		return;
	content = json_set_object(want->body, "selfManaged");
	json_set_text(content, "certificate", pair->chain);
	json_set_text(content, "privateKey", pair->key);
}

/* Without chain and key it can't be made: they are fetched. */
static const struct node *insert_waits_for(const struct node *node, const struct nodes *nodes)
{
	bool own = text_equal(json_text(node->want, "type"), "SELF_MANAGED");

	return own && !json_has(node->want, "selfManaged") ? node : NULL;
}

static void add_existing(const struct kind_context *context, struct wants *wants, const struct lb_certificate *entry)
{
	struct want *want = wants_add(wants, &kind_ssl_certificate, context);

	want->role = certificate_role(entry);
	want->part = entry->name;
	text_copy(want->name, sizeof(want->name), entry->ssl_certificate);
}

static void build(const struct kind_context *context, struct wants *wants)
{
	const struct lb_certificates *entries = &context->lb->spec.frontend.tls.certificates;

	for (size_t i = 0; i < entries->count; i++) {
		if (entries->items[i].ssl_certificate)
			add_existing(context, wants, &entries->items[i]);
		else if (entries->items[i].secret_ref.name)
			add_pair(context, wants, &entries->items[i]);
		else
			add_managed(context, wants, &entries->items[i]);
	}
}

char *certificate_role(const struct lb_certificate *entry)
{
	return arena_printf(json_arena(), "cert-%s", entry->name);
}

bool certificate_serves(const struct node *certificate)
{
	const char *state = json_text(certificate->seen, "managed.status");

	if (!node_usable(certificate))
		return false;
	if (!json_has(certificate->seen, "managed"))
		return true;
	return text_equal(state, "ACTIVE") || text_equal(state, "RENEWAL_FAILED"); /* the one before still holds */
}

bool certificates_serve(const struct nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct node *node = nodes->items[i];

		if (node->kind->id == KIND_SSL_CERTIFICATE && node->wanted && !certificate_serves(node))
			return false;
	}
	return true;
}

const struct kind kind_ssl_certificate = {
	.id = KIND_SSL_CERTIFICATE,
	.name = "SslCertificate",
	.text = "SSL certificate",
	.collection = "sslCertificates",
	.immutable = true,
	.description_fixed = true,
	.list_path = "global/sslCertificates",
	.list_query = "fields=nextPageToken,items(name,description,selfLink,creationTimestamp,type,managed,expireTime)",
	.sources = sources,
	.build = build,
	.insert_waits_for = insert_waits_for,
};
