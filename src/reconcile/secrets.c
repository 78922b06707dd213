/* The Secrets that an object names: read by name, never listed or watched, so that no right on others is needed. A chain and its key
 * are judged before anything is made of them, and kept only until the cloud has them; at rest a hash of the chain is all. */
#include <string.h>

#include "base/certificate.h"
#include "base/secret.h"
#include "reconcile/internal.h"

enum { FRESH_MS = 5 * 60 * 1000, AGAIN_MS = 30 * 1000, BODY_MAX = 2 << 20 };

struct secret {
	struct entry *entry;
	char *own_name;
	struct kube_call *call;
	bool read;                            /* once, whatever came of it */
	int64_t due;                          /* ms; when it is read next */
	uint64_t asked;                       /* entry->asked when it was read last */
	char hash[MODEL_HASH_CHARACTERS + 1]; /* of the last good chain; "": none yet */
	char *own_chain, *own_key;            /* NULL: not at hand */
	struct error *own_error;              /* NULL: it is good, as last read */
};

static void forget_pair(struct secret *secret)
{
	secret_free(TAKE(secret->own_chain));
	secret_free(TAKE(secret->own_key));
}

static void secret_drop(void *value)
{
	struct secret *secret = value;

	kube_cancel(secret->call);
	forget_pair(secret);
	mem_free(secret->own_error);
	mem_free(secret->own_name);
	mem_free(secret);
}

void secrets_forget(struct entry *entry)
{
	struct vec *secrets = TAKE(entry->own_secrets);

	if (secrets)
		vec_done(secrets, secret_drop);
	mem_free(secrets);
}

static struct secret *secret_at(const struct entry *entry, size_t index)
{
	return entry->own_secrets->own_items[index];
}

static size_t count(const struct entry *entry)
{
	return entry->own_secrets ? entry->own_secrets->count : 0;
}

static struct secret *find(const struct entry *entry, const char *name)
{
	for (size_t i = 0; i < count(entry); i++) {
		if (text_equal(secret_at(entry, i)->own_name, name))
			return secret_at(entry, i);
	}
	return NULL;
}

/* --- what an answer says --- */

static void set_error(struct secret *secret, const struct error *err)
{
	mem_free(secret->own_error);
	secret->own_error = err ? mem_copy(err, sizeof(*err)) : NULL;
}

/* data.MEMBER, decoded; owned. NULL and err: it is not there. */
static char *take_member(const cJSON *body, const char *member, struct error *err)
{
	const cJSON *value = json_member(json_member(body, "data"), member);
	AUTO_SECRET_STR decoded = STR_INIT(BODY_MAX);

	if (!cJSON_IsString(value) || !str_decode_base64(&decoded, value->valuestring, strlen(value->valuestring)) ||
		!decoded.length) {
		error_set(err, ERROR_REJECTED, "it has no %s", member);
		return NULL;
	}
	return str_take(&decoded);
}

/* The key has no part in the hash: a new one has a new certificate. */
static bool take_pair(struct secret *secret, const cJSON *body, struct error *err)
{
	AUTO_SECRET char *chain = take_member(body, "tls.crt", err);
	AUTO_SECRET char *key = chain ? take_member(body, "tls.key", err) : NULL;

	if (!key || !certificate_has_key(chain, key, err))
		return false;
	digest_base32(chain, strlen(chain), secret->hash, MODEL_HASH_CHARACTERS);
	forget_pair(secret);
	secret->own_chain = TAKE(chain);
	secret->own_key = TAKE(key);
	return true;
}

/* "User "system:serviceaccount:NS:NAME" cannot get ..." as kubectl wants it; what the API server calls us, else a place to fill in. */
static char *subject(const char *message)
{
	static const char user[] = "User \"", account[] = "system:serviceaccount:";
	const char *begin = strstr(message, user);
	char *name;

	if (!begin)
		return arena_strdup(json_arena(), "--user=CONTROLLER");
	begin += strlen(user);
	name = arena_strndup(json_arena(), begin, strcspn(begin, "\""));
	if (text_starts(name, account))
		return arena_printf(json_arena(), "--serviceaccount=%s", name + strlen(account));
	return arena_printf(json_arena(), "--user=%s", name);
}

/* told: what the API server says; err: the same about this Secret, and what to do about it. */
static void explain(const struct secret *secret, const struct error *told, struct error *err)
{
	const char *namespace = secret->entry->namespace, *name = secret->own_name;

	if (told->status == 404) {
		error_set(err, ERROR_REJECTED,
			"Secret %s does not exist in namespace %s; create it, or change spec.frontend.tls.certificates",
			name, namespace);
		error_reason(err, "ReferenceNotFound");
	} else if (told->status == 403) {
		error_set(err, ERROR_REJECTED,
			"Secret %s may not be read; allow it: kubectl -n %s create role tflb-%s --verb=get "
			"--resource=secrets --resource-name=%s && kubectl -n %s create rolebinding tflb-%s "
			"--role=tflb-%s %s",
			name, namespace, name, name, namespace, name, name, subject(told->message));
		error_reason(err, "PermissionDenied");
	} else {
		error_set(err, told->class, "Secret %s can't be read: %s", name, told->message);
		error_reason(err, told->reason[0] ? told->reason : "ReferenceNotFound");
	}
}

static void refuse(const struct secret *secret, const struct error *told, struct error *err)
{
	error_set(err, ERROR_REJECTED,
		"Secret %s: %s; correct its tls.crt and tls.key, nothing is made of it until then", secret->own_name,
		told->message);
	error_reason(err, "SecretInvalid");
}

/* A person can help with what is wrong for good; the rest is read again. */
static void note_trouble(struct secret *secret, const struct error *err)
{
	struct entry *entry = secret->entry;
	bool news = !secret->own_error || !text_equal(secret->own_error->message, err->message);

	set_error(secret, err);
	if (!news)
		return;
	if (err->class == ERROR_REJECTED)
		tell(entry, true, err->reason, "Read", "%s", err->message);
	else
		log_line(entry->controller->log, LOG_WARN, "a Secret is not read",
			LOG_OBJECT(entry->namespace, entry->name), "error", err->message, NULL);
}

static void on_secret(void *arg, const char *body, size_t length, const struct error *err)
{
	struct secret *secret = arg;
	struct entry *entry = secret->entry;
	struct controller *controller = entry->controller;
	struct error told = {0}, trouble = {0};
	JSON_WORK(work);

	secret->call = NULL;
	secret->read = true;
	if (err)
		explain(secret, err, &trouble);
	else if (!take_pair(secret, json_parse(body, length, (struct json_limits){.bytes = BODY_MAX}, NULL), &told))
		refuse(secret, &told, &trouble);
	if (trouble.class)
		note_trouble(secret, &trouble);
	else
		set_error(secret, NULL);
	secret->due =
		loop_now(controller->loop) + env_jitter(controller->env, secret->own_error ? AGAIN_MS : FRESH_MS, 10);
	entry_dirty(entry);
}

/* --- when it is read --- */

static void read_now(struct secret *secret)
{
	struct entry *entry = secret->entry;
	struct kube_request request = {
		.method = "GET",
		.path = arena_printf(
			json_arena(), "/api/v1/namespaces/%s/secrets/%s", entry->namespace, secret->own_name),
	};

	if (secret->call || !may_act(entry->controller))
		return;
	secret->asked = entry->asked;
	secret->call = kube_send(entry->controller->kube, &request, on_secret, secret);
}

static const struct node *node_of(const struct entry *entry, const char *role, const char *hash)
{
	for (size_t i = 0; i < entry->nodes.count; i++) {
		const struct node *node = entry->nodes.items[i];

		if (node->kind->id == KIND_SSL_CERTIFICATE && node->presence == NODE_PRESENT &&
			text_equal(node->own_role, role) && (!hash || text_ends(node->own_name, hash)))
			return node;
	}
	return NULL;
}

/* Has the cloud what is to be made of it? Only then the pair is of no more use. */
static bool is_made(const struct entry *entry, const struct lb *lb, const struct secret *secret)
{
	const struct lb_certificates *entries = &lb->spec.frontend.tls.certificates;

	for (size_t i = 0; i < entries->count; i++) {
		if (text_equal(entries->items[i].secret_ref.name, secret->own_name) &&
			!node_of(entry, certificate_role(&entries->items[i]), secret->hash))
			return false;
	}
	return true;
}

/* Not before it has been looked whether the cloud has it: after a start the pair would be fetched for nothing. */
static void keep(struct secret *secret, const struct lb *lb)
{
	struct entry *entry = secret->entry;
	bool looked = entry->born_here || nodes_census(entry), made = secret->hash[0] && is_made(entry, lb, secret);
	bool wanting = secret->hash[0] && looked && !made && !secret->own_key;

	if (made && looked)
		forget_pair(secret);
	if (!secret->read || secret->due <= loop_now(entry->controller->loop) || secret->asked != entry->asked ||
		(wanting && !secret->own_error))
		read_now(secret);
}

/* --- for the unit of work --- */

static bool is_named(const struct lb *lb, const char *name)
{
	const struct lb_certificates *entries = &lb->spec.frontend.tls.certificates;

	for (size_t i = 0; i < entries->count; i++) {
		if (text_equal(entries->items[i].secret_ref.name, name))
			return true;
	}
	return false;
}

static void meet(struct entry *entry, const char *name)
{
	struct secret *secret;

	if (!name || find(entry, name))
		return;
	if (!entry->own_secrets)
		entry->own_secrets = mem_alloc(sizeof(*entry->own_secrets));
	secret = mem_alloc(sizeof(*secret));
	secret->entry = entry;
	secret->own_name = mem_strdup(name);
	vec_add(entry->own_secrets, secret);
}

void secrets_keep(struct entry *entry, const struct lb *lb)
{
	const struct lb_certificates *entries = &lb->spec.frontend.tls.certificates;

	for (size_t i = 0; i < entries->count; i++)
		meet(entry, entries->items[i].secret_ref.name);
	for (size_t i = count(entry); i-- > 0;) {
		if (is_named(lb, secret_at(entry, i)->own_name)) {
			keep(secret_at(entry, i), lb);
			continue;
		}
		secret_drop(secret_at(entry, i));
		vec_remove_at(entry->own_secrets, i);
	}
	if (entry->own_secrets && !entry->own_secrets->count)
		secrets_forget(entry);
}

bool secrets_pending(const struct entry *entry)
{
	for (size_t i = 0; i < count(entry); i++) {
		if (!secret_at(entry, i)->read)
			return true;
	}
	return false;
}

/* Does something of every entry that names it serve already? */
static bool stands(const struct entry *entry, const struct lb *lb, const struct secret *secret)
{
	const struct lb_certificates *entries = &lb->spec.frontend.tls.certificates;

	for (size_t i = 0; i < entries->count; i++) {
		if (text_equal(entries->items[i].secret_ref.name, secret->own_name) &&
			!node_of(entry, certificate_role(&entries->items[i]), NULL))
			return false;
	}
	return true;
}

const struct error *secrets_trouble(const struct entry *entry, const struct lb *lb, bool *harmless)
{
	const struct error *first = NULL;

	*harmless = true;
	for (size_t i = 0; i < count(entry) && *harmless; i++) {
		const struct secret *secret = secret_at(entry, i);

		if (!secret->own_error)
			continue;
		*harmless = secret->hash[0] || stands(entry, lb, secret);
		if (!first || !*harmless)
			first = secret->own_error;
	}
	return first;
}

void secrets_pairs(const struct entry *entry, struct kind_context *context)
{
	struct kind_pair *pairs = arena_alloc(json_arena(), (count(entry) + 1) * sizeof(*pairs));

	for (size_t i = 0; i < count(entry); i++) {
		const struct secret *secret = secret_at(entry, i);

		pairs[i] = (struct kind_pair){
			.secret = secret->own_name, .chain = secret->own_chain, .key = secret->own_key};
		text_copy(pairs[i].hash, sizeof(pairs[i].hash), secret->hash);
	}
	context->pairs = pairs;
	context->pair_count = count(entry);
}

int64_t secrets_due(const struct entry *entry)
{
	int64_t now = loop_now(entry->controller->loop), due = INT64_MAX;

	for (size_t i = 0; i < count(entry); i++) {
		const struct secret *secret = secret_at(entry, i);

		if (!secret->call && secret->due > now && secret->due < due)
			due = secret->due;
	}
	return due;
}
