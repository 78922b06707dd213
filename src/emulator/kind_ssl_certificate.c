/* sslCertificates: self-managed ones as they are sent, and those that Google obtains once a front on port 443 shows them and
 * every domain points there. Which domain does not is a fact of the world (POST /emulator/v1/world, "domain"). */
#include <string.h>

#include "base/alloc.h"
#include "base/certificate.h"
#include "emulator/certificate.h"
#include "emulator/core.h"
#include "emulator/kind.h"
#include "emulator/link.h"
#include "emulator/resource.h"
#include "emulator/secret.h"

enum { DOMAINS_MAX = 100, LOOK_MS = 60 * 1000, LEAST_MS = 10 * 60 * 1000, MOST_MS = 60 * 60 * 1000 };

static const char FOR_GOOD[] = "PROVISIONING_FAILED_PERMANENTLY";

/* How far a managed one is. */
struct progress {
	int64_t takes, good_since; /* ms; good_since -1: something is missing */
};

/* --- insert --- */

static bool is_managed(const cJSON *body)
{
	return text_equal(json_text_or(body, "type", json_has(body, "managed") ? "MANAGED" : ""), "MANAGED");
}

static bool is_domain(const char *name)
{
	return strchr(name, '.') && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.")] == '\0';
}

static bool check_domains(struct emu_call *call, const cJSON *body)
{
	const cJSON *domains = json_at(body, "managed.domains"), *domain;
	int count = cJSON_GetArraySize(domains);

	if (count == 0)
		return emu_refuse_required(&call->refusal, "managed.domains");
	if (count > DOMAINS_MAX)
		return emu_refuse(&call->refusal, 400, "invalid",
			"Value for field 'resource.managed.domains' is too large: maximum size %d element(s); actual "
			"size %d.",
			DOMAINS_MAX, count);
	cJSON_ArrayForEach(domain, domains)
	{
		if (!is_domain(domain->valuestring))
			return emu_refuse_field(&call->refusal, "managed.domains[0]", domain->valuestring,
				"Invalid domain name specified.");
	}
	return true;
}

static bool check_pair(struct emu_call *call, const cJSON *body)
{
	const char *chain = json_text(body, "selfManaged.certificate");
	const char *key = json_text(body, "selfManaged.privateKey");
	struct certificate certificate;
	struct error err = {0};

	if (!chain)
		return emu_refuse_required(&call->refusal, "certificate");
	if (!key)
		return emu_refuse_required(&call->refusal, "privateKey");
	if (!certificate_read(chain, &certificate, &err))
		return emu_refuse_field(&call->refusal, "certificate", "[...]", "It %s.", err.message);
	if (!emu_key_is_hidden(call, key) && !certificate_has_key(chain, key, &err))
		return emu_refuse_field(&call->refusal, "privateKey", "[...]", "%s.", err.message);
	return true;
}

/* The pair may stand beside selfManaged, or in it. */
static void gather_pair(cJSON *body)
{
	static const char *const members[] = {"certificate", "privateKey"};
	cJSON *pair = json_member(body, "selfManaged");

	for (size_t i = 0; i < 2; i++) {
		if (!json_has(body, members[i]))
			continue;
		if (!pair)
			pair = json_set_object(body, "selfManaged");
		if (!json_has(pair, members[i]))
			json_set_text(pair, members[i], json_text(body, members[i]));
	}
}

static bool check(struct emu_call *call, cJSON *body, const cJSON *before)
{
	if (is_managed(body))
		return check_domains(call, body);
	gather_pair(body);
	return check_pair(call, body);
}

static void complete_pair(cJSON *body)
{
	const char *chain = json_text(body, "selfManaged.certificate");
	struct certificate certificate;

	json_set_text(body, "type", "SELF_MANAGED");
	json_remove(json_member(body, "selfManaged"), "privateKey");
	json_remove(body, "privateKey");
	json_remove(body, "certificate");
	json_set_text(body, "certificate", chain);
	if (!certificate_read(chain, &certificate, NULL))
		return;
	json_set_text(body, "expireTime", certificate.ends);
	if (certificate.names->child)
		json_set(body, "subjectAlternativeNames", certificate.names);
}

static void complete_domains(cJSON *body)
{
	cJSON *managed = json_member(body, "managed"), *domains = cJSON_CreateArray(), *states;
	const cJSON *domain;

	json_set_text(body, "type", "MANAGED");
	cJSON_ArrayForEach(domain, json_member(managed, "domains"))
	{
		size_t length = strlen(domain->valuestring);

		length -= text_ends(domain->valuestring, ".");
		json_add_text(domains, arena_strndup(json_arena(), domain->valuestring, length));
	}
	json_remove(managed, "domains");
	json_set(managed, "domains", domains);
	json_set_text(managed, "status", "PROVISIONING");
	states = json_set_object(managed, "domainStatus");
	cJSON_ArrayForEach(domain, domains) json_set_text(states, domain->valuestring, "PROVISIONING");
}

/* What belongs to the other sort counts for nothing. */
static void complete(struct emu_call *call, cJSON *body)
{
	bool managed = is_managed(body);

	json_remove(body, managed ? "selfManaged" : "managed");
	if (managed)
		complete_domains(body);
	else
		complete_pair(body);
}

/* --- what becomes of a managed one --- */

static void look_later(struct emulator *emulator, const struct emu_resource *resource)
{
	emu_agenda_add(&emulator->agenda, emulator->now + LOOK_MS, EVENT_CERTIFICATE, resource->own_path);
}

static void applied(struct emulator *emulator, struct emu_resource *resource, enum emu_effect effect)
{
	struct progress *progress;

	if (effect != EFFECT_INSERT || !json_has(emu_resource_body(resource), "managed"))
		return;
	progress = mem_alloc(sizeof(*progress));
	progress->takes = emu_dice_between(&emulator->dice, LEAST_MS, MOST_MS);
	progress->good_since = -1;
	resource->own_extra = progress;
	look_later(emulator, resource);
}

static void forget(struct emu_resource *resource)
{
	mem_free(resource->own_extra);
}

/* Does something visible use it that satisfies fn? */
static bool any_user(
	struct emulator *emulator, const char *path, bool (*fn)(struct emulator *, const struct emu_resource *))
{
	const cJSON *user, *users = emu_store_users(&emulator->store, path, emulator->now);

	cJSON_ArrayForEach(user, users)
	{
		const struct emu_resource *found = emu_store_find(&emulator->store, user->valuestring);

		if (found && found->visible && !found->leaving && fn(emulator, found))
			return true;
	}
	return false;
}

static bool is_on_443(struct emulator *emulator, const struct emu_resource *rule)
{
	return text_equal(json_text(emu_resource_body(rule), "portRange"), "443-443");
}

static bool leads_to_443(struct emulator *emulator, const struct emu_resource *proxy)
{
	return any_user(emulator, proxy->own_path, is_on_443);
}

/* What the world says of a domain; NULL: it is fine. */
static const char *trouble(const struct emulator *emulator, const char *domain)
{
	return map_find(&emulator->world.domains, domain);
}

/* The states of all domains. Returns the one of the whole. */
static const char *judge_domains(const struct emulator *emulator, cJSON *managed, bool active)
{
	cJSON *states = json_set_object(managed, "domainStatus");
	const char *whole = active ? "ACTIVE" : "PROVISIONING";
	const cJSON *domain;

	cJSON_ArrayForEach(domain, json_member(managed, "domains"))
	{
		const char *state = trouble(emulator, domain->valuestring);
		bool for_good = text_equal(state, FOR_GOOD);

		if (for_good || text_equal(state, "FAILED_CAA_FORBIDDEN"))
			whole = for_good ? FOR_GOOD : "PROVISIONING_FAILED";
		json_set_text(states, domain->valuestring,
			for_good ? "FAILED_CAA_FORBIDDEN"
			: state  ? state
			: active ? "ACTIVE"
				 : "PROVISIONING");
	}
	return whole;
}

static bool any_trouble(const struct emulator *emulator, const cJSON *managed)
{
	const cJSON *domain;

	cJSON_ArrayForEach(domain, json_member(managed, "domains"))
	{
		if (trouble(emulator, domain->valuestring))
			return true;
	}
	return false;
}

void emu_certificate_due(struct emulator *emulator, const char *path)
{
	struct emu_resource *resource = emu_store_find(&emulator->store, path);
	struct progress *progress = resource ? resource->own_extra : NULL;
	cJSON *body = progress ? emu_resource_body(resource) : NULL, *managed = json_member(body, "managed");
	enum { LIFE_DAYS = 90 };
	const char *state;
	bool good, active;

	if (!progress)
		return;
	good = any_user(emulator, path, leads_to_443) && !any_trouble(emulator, managed);
	if (!good)
		progress->good_since = -1;
	else if (progress->good_since < 0)
		progress->good_since = emulator->now;
	active = good && emulator->now - progress->good_since >= progress->takes;
	state = judge_domains(emulator, managed, active);
	json_set_text(managed, "status", state);
	if (active)
		json_set_text(body, "expireTime", emu_time(emulator, emulator->now + LIFE_DAYS * 86400000LL));
	emu_resource_set_body(resource, body);
	if (!active && strcmp(state, FOR_GOOD) != 0)
		look_later(emulator, resource);
}

const struct emu_kind emu_ssl_certificate_kind = {
	.collection = "sslCertificates",
	.message = "SslCertificate",
	.noun = "ssl_certificate",
	.scopes = EMU_IN_GLOBAL,
	.insert = {"insert", 2000, 10000},
	.remove = {"delete", 2000, 10000},
	.quota = "SSL_CERTIFICATES",
	.check = check,
	.complete = complete,
	.applied = applied,
	.forget = forget,
};
