/* What is known of the wanted certificates: how far Google is with those that it obtains, and what DNS must say for that. */
#include <string.h>

#include "base/time.h"
#include "reconcile/status.h"

static const char FOR_GOOD[] = "PROVISIONING_FAILED_PERMANENTLY";

static const struct node *node_of(const struct status_input *input, const struct lb_certificate *entry)
{
	const struct nodes *nodes = &input->entry->nodes;
	const char *role = certificate_role(entry);

	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->items[i]->kind->id == KIND_SSL_CERTIFICATE && nodes->items[i]->wanted &&
			text_equal(nodes->items[i]->own_role, role))
			return nodes->items[i];
	}
	return NULL;
}

enum { HTTPS_PORT = 443 };

static char *point_here(const struct status_input *input, const char *domain)
{
	const char *address = status_address(input, false), *ipv6 = status_address(input, true);
	int64_t port = input->lb->spec.frontend.tls.port;

	if (port != HTTPS_PORT)
		return arena_printf(json_arena(),
			"Google obtains certificates at port 443 only, and spec.frontend.tls.port is %lld; set it to "
			"443, or "
			"use secretRef",
			(long long)port);

	if (!address)
		return arena_printf(json_arena(), "its DNS must point to the address, which is not known yet");
	return arena_printf(json_arena(),
		"let the A record of %s say %s%s%s; Google then obtains the certificate, mostly within 10 to 60 "
		"minutes",
		domain, address, ipv6 ? ", and its AAAA record " : "", ipv6 ? ipv6 : "");
}

/* NULL: nothing is to be done. */
static char *domain_message(const struct status_input *input, const char *domain, const char *state)
{
	if (text_equal(state, "ACTIVE"))
		return NULL;
	if (text_equal(state, "FAILED_CAA_FORBIDDEN"))
		return arena_printf(
			json_arena(), "a CAA record of %s forbids it: let one say 0 issue \"pki.goog\"", domain);
	if (text_equal(state, "FAILED_CAA_CHECKING"))
		return arena_printf(json_arena(),
			"the CAA records of %s can't be read: check that its name servers answer", domain);
	if (text_equal(state, "FAILED_RATE_LIMITED"))
		return arena_printf(json_arena(),
			"the authority gives out no more certificates for %s just now; it is asked again", domain);
	return point_here(input, domain);
}

static void add_domains(cJSON *item, const struct status_input *input, const cJSON *managed)
{
	const cJSON *domain, *states = json_member(managed, "domainStatus");
	cJSON *domains = json_set_array(item, "domains");

	cJSON_ArrayForEach(domain, json_member(managed, "domains"))
	{
		const char *name = domain->valuestring;
		const cJSON *found = json_member(states, name);
		const char *state = cJSON_IsString(found) ? found->valuestring : "PROVISIONING";
		cJSON *one = json_add_object(domains);

		json_set_text(one, "domain", name);
		json_set_text(one, "state", state);
		json_set_text(one, "message", domain_message(input, name, state));
	}
}

/* In UTC; NULL: it is not known. */
static char *end_of(const struct node *certificate)
{
	const char *ends = json_text(certificate->seen, "expireTime");
	char text[TIME_TEXT_SIZE];
	int64_t at;

	if (!ends || !time_parse(ends, &at))
		return NULL;
	time_text(at, text);
	return arena_strdup(json_arena(), text);
}

static void add(cJSON *array, const struct status_input *input, const struct lb_certificate *entry)
{
	const struct node *node = node_of(input, entry);
	const cJSON *managed = node ? json_member(node->seen, "managed") : NULL;
	cJSON *item = json_add_object(array);

	json_set_text(item, "name", entry->name);
	if (!node || node->presence != NODE_PRESENT)
		return;
	json_set_text(item, "resource", node->own_name);
	json_set_text(item, "state", managed ? json_text_or(managed, "status", "PROVISIONING") : "ACTIVE");
	json_set_text(item, "expireTime", end_of(node));
	if (managed)
		add_domains(item, input, managed);
}

void certificates_add(cJSON *status, const struct status_input *input)
{
	const struct lb_certificates *entries = &input->lb->spec.frontend.tls.certificates;
	cJSON *array = entries->count ? json_set_array(status, "certificates") : NULL;

	for (size_t i = 0; i < entries->count; i++)
		add(array, input, &entries->items[i]);
}

/* What holds up the first domain that something holds up; "" when Google only needs time. */
static const char *first_trouble(const struct status_input *input, const cJSON *managed)
{
	const cJSON *domain;

	cJSON_ArrayForEach(domain, json_member(managed, "domains"))
	{
		const cJSON *found = json_member(json_member(managed, "domainStatus"), domain->valuestring);
		const char *state = cJSON_IsString(found) ? found->valuestring : "PROVISIONING";
		const char *message = domain_message(input, domain->valuestring, state);

		if (message)
			return arena_printf(json_arena(), "%s: %s", state, message);
	}
	return "PROVISIONING";
}

char *certificates_late(const struct status_input *input, bool *for_good)
{
	const struct lb_certificates *entries = &input->lb->spec.frontend.tls.certificates;
	char *late = NULL;

	*for_good = false;
	for (size_t i = 0; i < entries->count && !*for_good; i++) {
		const struct node *node = node_of(input, &entries->items[i]);
		const cJSON *managed = node ? json_member(node->seen, "managed") : NULL;

		if (!managed || node->presence != NODE_PRESENT || certificate_serves(node))
			continue;
		*for_good = text_equal(json_text(managed, "status"), FOR_GOOD);
		if (late && !*for_good)
			continue;
		late = arena_printf(json_arena(), "certificate %s: %s%s", entries->items[i].name,
			first_trouble(input, managed),
			*for_good ? "; Google tries no more: mend that, then give the entry in "
				    "spec.frontend.tls.certificates another name, so that a new one is asked for"
				  : "");
	}
	return late;
}

char *certificates_ending(const struct status_input *input)
{
	const struct lb_certificates *entries = &input->lb->spec.frontend.tls.certificates;

	for (size_t i = 0; i < entries->count; i++) {
		const struct node *node = node_of(input, &entries->items[i]);
		const cJSON *managed = node ? json_member(node->seen, "managed") : NULL;
		const char *ends;

		if (!managed || !text_equal(json_text(managed, "status"), "RENEWAL_FAILED"))
			continue;
		ends = end_of(node);
		return arena_printf(json_arena(), "certificate %s can't be renewed, and serves until %s: %s",
			entries->items[i].name, ends ? ends : "it expires", first_trouble(input, managed));
	}
	return NULL;
}
