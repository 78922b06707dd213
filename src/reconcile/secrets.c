/* The Secrets that an object names: read by name, never listed or watched, so that no right on others is needed. What they hold is judged
 * before anything is made of it, and kept only until the cloud has it; at rest a digest is all. */
#include <string.h>

#include "base/secret.h"
#include "reconcile/secret.h"

enum { FRESH_MS = 5 * 60 * 1000, AGAIN_MS = 30 * 1000, BODY_MAX = 2 << 20 };

static void secret_drop(void *value)
{
	struct secret *secret = value;

	kube_cancel(secret->call);
	vec_done(&secret->parts, secret_part_drop);
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
	struct error trouble = {0};
	JSON_WORK(work);

	secret->call = NULL;
	secret->read = true;
	if (err)
		secret_explain(secret, err, &trouble);
	else
		secret_take(secret, json_parse(body, length, (struct json_limits){.bytes = BODY_MAX}, NULL), &trouble);
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

/* Has the cloud all that is made of it? */
static bool is_made(const struct secret *secret, const struct secret_part *part, const struct secret_uses *uses)
{
	for (size_t i = 0; i < uses->count; i++) {
		const struct secret_use *use = &uses->items[i];

		if (text_equal(use->secret, secret->own_name) && secret_part_find(secret, use) == part &&
			!secret_is_made(secret->entry, use, part))
			return false;
	}
	return true;
}

/* Not before it has been looked whether the cloud has it: after a start it would be fetched for nothing. */
static void keep(struct secret *secret, const struct secret_uses *uses)
{
	struct entry *entry = secret->entry;
	bool looked = entry->born_here || nodes_census(entry), wanting = false;

	for (size_t i = 0; i < secret->parts.count && looked; i++) {
		struct secret_part *part = secret->parts.own_items[i];

		if (!part->digest[0])
			continue;
		if (is_made(secret, part, uses))
			secret_part_forget(part);
		else
			wanting |= !part->own_text;
	}
	if (!secret->read || secret->due <= loop_now(entry->controller->loop) || secret->asked != entry->asked ||
		(wanting && !secret->own_error))
		read_now(secret);
}

/* --- for the unit of work --- */

static struct secret *secret_new(struct entry *entry, const char *name)
{
	struct secret *secret = mem_alloc(sizeof(*secret));

	if (!entry->own_secrets)
		entry->own_secrets = mem_alloc(sizeof(*entry->own_secrets));
	secret->entry = entry;
	secret->own_name = mem_strdup(name);
	vec_add(entry->own_secrets, secret);
	return secret;
}

/* One that was read already has to be read again for more of it. */
static void meet(struct entry *entry, const struct secret_use *use)
{
	struct secret *secret = find(entry, use->secret);
	struct secret_part *part;

	if (!secret)
		secret = secret_new(entry, use->secret);
	secret->place = use->place;
	if (secret_part_find(secret, use))
		return;
	part = mem_alloc(sizeof(*part));
	part->form = use->form;
	part->own_member = mem_strdup(use->member);
	vec_add(&secret->parts, part);
	secret->read = false;
}

static bool is_named(const struct secret *secret, const struct secret_part *part, const struct secret_uses *uses)
{
	for (size_t i = 0; i < uses->count; i++) {
		if (text_equal(uses->items[i].secret, secret->own_name) &&
			secret_part_find(secret, &uses->items[i]) == part)
			return true;
	}
	return false;
}

static void drop_unnamed(struct secret *secret, const struct secret_uses *uses)
{
	for (size_t i = secret->parts.count; i-- > 0;) {
		if (is_named(secret, secret->parts.own_items[i], uses))
			continue;
		secret_part_drop(secret->parts.own_items[i]);
		vec_remove_at(&secret->parts, i);
	}
}

void secrets_keep(struct entry *entry, const struct lb *lb)
{
	struct secret_uses uses = secret_uses(lb);

	for (size_t i = 0; i < uses.count; i++)
		meet(entry, &uses.items[i]);
	for (size_t i = count(entry); i-- > 0;) {
		drop_unnamed(secret_at(entry, i), &uses);
		if (secret_at(entry, i)->parts.count) {
			keep(secret_at(entry, i), &uses);
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

/* Goes all on that is made of it, whatever it holds now? */
static bool is_harmless(const struct secret *secret, const struct secret_uses *uses)
{
	for (size_t i = 0; i < uses->count; i++) {
		const struct secret_use *use = &uses->items[i];

		if (text_equal(use->secret, secret->own_name) && !secret_part_find(secret, use)->digest[0] &&
			!secret_stands(secret->entry, use))
			return false;
	}
	return true;
}

const struct error *secrets_trouble(const struct entry *entry, const struct lb *lb, bool *harmless)
{
	struct secret_uses uses = secret_uses(lb);
	const struct error *first = NULL;

	*harmless = true;
	for (size_t i = 0; i < count(entry) && *harmless; i++) {
		const struct secret *secret = secret_at(entry, i);

		if (!secret->own_error)
			continue;
		*harmless = is_harmless(secret, &uses);
		if (!first || !*harmless)
			first = secret->own_error;
	}
	return first;
}

static struct kind_pair pair_of(const struct secret *secret, const struct secret_part *part)
{
	struct kind_pair pair = {.secret = secret->own_name, .chain = part->own_text, .key = part->own_key};

	text_copy(pair.hash, sizeof(pair.hash), part->digest);
	return pair;
}

static struct kind_value value_of(const struct secret *secret, const struct secret_part *part)
{
	struct kind_value value = {.secret = secret->own_name, .key = part->own_member, .value = part->own_text};

	text_copy(value.digest, sizeof(value.digest), part->digest);
	return value;
}

static size_t count_parts(const struct entry *entry)
{
	size_t parts = 0;

	for (size_t i = 0; i < count(entry); i++)
		parts += secret_at(entry, i)->parts.count;
	return parts;
}

void secrets_show(const struct entry *entry, struct kind_context *context)
{
	size_t most = count_parts(entry) + 1;
	struct kind_pair *pairs = arena_alloc(json_arena(), most * sizeof(*pairs));
	struct kind_value *values = arena_alloc(json_arena(), most * sizeof(*values));

	for (size_t i = 0; i < count(entry); i++) {
		const struct secret *secret = secret_at(entry, i);

		for (size_t k = 0; k < secret->parts.count; k++) {
			const struct secret_part *part = secret->parts.own_items[k];

			if (part->form == SECRET_PAIR)
				pairs[context->pair_count++] = pair_of(secret, part);
			else
				values[context->value_count++] = value_of(secret, part);
		}
	}
	context->pairs = pairs;
	context->values = values;
}

void secrets_hide(const struct entry *entry, char *sentence)
{
	for (size_t i = 0; i < count(entry); i++) {
		const struct vec *parts = &secret_at(entry, i)->parts;

		for (size_t k = 0; k < parts->count; k++)
			secret_hide(sentence, ((const struct secret_part *)parts->own_items[k])->own_text);
	}
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
