/* Claims: two objects that name one address and port, or one resource to take over, can't both have it. The oldest wins, the others say whom they lost to
 * (design section 4, Claims). */
#include <string.h>

#include "kinds/link.h"
#include "reconcile/internal.h"

static bool older(const struct entry *a, const struct entry *b)
{
	return a->created != b->created ? a->created < b->created : strcmp(a->own_uid, b->own_uid) < 0;
}

static const struct entry *oldest(const struct entry *entry, const char *claim)
{
	const struct vec *claimants = map_find(&entry->controller->claims, claim);
	const struct entry *winner = entry;

	for (size_t i = 0; claimants && i < claimants->count; i++) {
		const struct entry *other = claimants->own_items[i];

		if (!text_equal(other->id, entry->id) && older(other, winner)) /* what moves between two is one claim */
			winner = claimants->own_items[i];
	}
	return winner;
}

static const struct entry *oldest_of_all(const struct entry *entry, const struct vec *claims, const char **claim)
{
	const struct entry *winner = entry;

	for (size_t i = 0; winner == entry && claims && i < claims->count; i++) {
		*claim = claims->own_items[i];
		winner = oldest(entry, *claim);
	}
	return winner;
}

const struct entry *claim_winner(const struct entry *entry, const char **claim, bool *of_port)
{
	const struct entry *winner = oldest_of_all(entry, entry->own_ports, claim);

	*of_port = winner != entry;
	return *of_port ? winner : oldest_of_all(entry, entry->own_given, claim);
}

static void claimants_look_again(const struct vec *claimants)
{
	for (size_t i = 0; i < claimants->count; i++)
		entry_dirty(claimants->own_items[i]);
}

static void leave(struct entry *entry, const char *claim)
{
	struct map *claims = &entry->controller->claims;
	struct vec *claimants = map_find(claims, claim);

	for (size_t i = 0; i < claimants->count; i++) {
		if (claimants->own_items[i] == entry) {
			vec_remove_at(claimants, i);
			break;
		}
	}
	claimants_look_again(claimants);
	if (claimants->count > 0)
		return;
	map_remove(claims, claim);
	vec_done(claimants, NULL);
	mem_free(claimants);
}

static void join(struct entry *entry, const char *claim)
{
	struct map *claims = &entry->controller->claims;
	struct vec *claimants = map_find(claims, claim);

	if (!claimants) {
		claimants = mem_alloc(sizeof(*claimants));
		map_put(claims, claim, claimants);
	}
	claimants_look_again(claimants);
	vec_add(claimants, entry);
}

static void leave_all(struct entry *entry, struct vec *own_claims)
{
	for (size_t i = 0; own_claims && i < own_claims->count; i++)
		leave(entry, own_claims->own_items[i]);
	if (own_claims)
		vec_done(own_claims, mem_free);
	mem_free(own_claims);
}

static bool same_claims(const struct vec *a, const struct vec *b)
{
	if (!a || !b || a->count != b->count)
		return a == b;
	for (size_t i = 0; i < a->count; i++) {
		if (!text_equal(a->own_items[i], b->own_items[i]))
			return false;
	}
	return true;
}

/* What is claimed now; own_fresh NULL: nothing. */
static void replace(struct entry *entry, struct vec **own_claims, struct vec *own_fresh)
{
	struct vec *before = *own_claims;

	if (same_claims(before, own_fresh)) {
		if (own_fresh)
			vec_done(own_fresh, mem_free);
		mem_free(own_fresh);
		return;
	}
	*own_claims = own_fresh;
	for (size_t i = 0; own_fresh && i < own_fresh->count; i++)
		join(entry, own_fresh->own_items[i]);
	leave_all(entry, before);
}

/* claims: NULL for the first. */
static struct vec *add(struct vec *claims, const char *claim)
{
	if (!claims)
		claims = mem_alloc(sizeof(*claims));
	vec_add(claims, mem_strdup(claim));
	return claims;
}

/* --- ports of named addresses --- */

static struct vec *add_ports(struct vec *claims, const struct lb *lb, const char *address)
{
	const struct lb_frontend *frontend = &lb->spec.frontend;
	const int64_t ports[] = {frontend->port, frontend->tls.port};
	const bool open[] = {lb_has_http(frontend), lb_has_tls(frontend)};

	for (int i = 0; i < 2 && address; i++) {
		if (open[i])
			claims = add(claims, arena_printf(json_arena(), "%s/%s/%lld", lb->spec.project, address,
						     (long long)ports[i]));
	}
	return claims;
}

static const char *ipv6_name(const struct lb_frontend *frontend)
{
	return lb_has_ipv6(frontend) ? frontend->ipv6.address.name : NULL;
}

static struct vec *port_claims(const struct lb *lb)
{
	const struct lb_frontend *frontend = &lb->spec.frontend;

	return add_ports(add_ports(NULL, lb, frontend->address.name), lb, ipv6_name(frontend));
}

/* --- resources that the spec refers to: several may --- */

static char *use_claim(const char *project, const struct kind *kind, const char *name)
{
	return arena_printf(json_arena(), "use of %s/%s/%s", project, kind->collection, name);
}

static struct vec *add_use(struct vec *uses, const struct lb *lb, enum kind_id kind, const char *name)
{
	return name ? add(uses, use_claim(lb->spec.project, kind_at(kind), name)) : uses;
}

static struct vec *use_claims(const struct lb *lb)
{
	const struct lb_frontend *frontend = &lb->spec.frontend;
	struct vec *uses = add_use(NULL, lb, KIND_ADDRESS, frontend->address.name);

	uses = add_use(uses, lb, KIND_ADDRESS, ipv6_name(frontend));

	for (size_t i = 0; i < frontend->tls.certificates.count; i++)
		uses = add_use(uses, lb, KIND_SSL_CERTIFICATE, frontend->tls.certificates.items[i].ssl_certificate);
	return add_use(uses, lb, KIND_SSL_POLICY, frontend->tls.ssl_policy.name);
}

const struct vec *users_of(const struct project *project, const struct kind *kind, const char *name)
{
	return map_find(&project->controller->claims, use_claim(project->own_name, kind, name));
}

/* --- resources that the spec takes over --- */

static char *given_claim(const char *project, const struct kind *kind, const char *location, const char *name)
{
	return arena_printf(
		json_arena(), "%s/%s/%s%s%s", project, kind->collection, location, location[0] ? "/" : "", name);
}

static struct vec *given_claims(const struct lb *lb)
{
	const struct lb_map *names = &lb->spec.resource_names;
	struct vec *given = NULL;

	for (size_t i = 0; i < names->count; i++) {
		const struct kind *kind;
		const char *location = "";

		kinds_given_role(names->items[i].key, &kind);
		if (kind->id == KIND_GROUP || kind->id == KIND_AUTOSCALER) {
			const struct lb_pool *pool = lb_pool_named(&lb->spec, strchr(names->items[i].key, '/') + 1);

			location = pool ? lb_pool_location(pool) : NULL;
		}
		if (location)
			given = add(given, given_claim(lb->spec.project, kind, location, names->items[i].value));
	}
	return given;
}

const struct vec *claimants_of(
	const struct project *project, const struct kind *kind, const char *location, const char *name)
{
	return map_find(&project->controller->claims, given_claim(project->own_name, kind, location, name));
}

/* Lists must show it what bears a name of somebody's, or even of ours. */
static bool looks_everywhere(const struct entry *entry)
{
	bool everywhere = entry->own_given != NULL;

	for (size_t i = 0; entry->own_uses && i < entry->own_uses->count; i++)
		everywhere |= text_starts(link_name(entry->own_uses->own_items[i]), "tflb-");
	return everywhere;
}

void claim_drop(struct entry *entry)
{
	entry->controller->given -= looks_everywhere(entry);
	leave_all(entry, TAKE(entry->own_ports));
	leave_all(entry, TAKE(entry->own_given));
	leave_all(entry, TAKE(entry->own_uses));
}

void claim_take(struct entry *entry, const struct lb *lb)
{
	bool before = looks_everywhere(entry);

	replace(entry, &entry->own_ports, port_claims(lb));
	replace(entry, &entry->own_given, given_claims(lb));
	replace(entry, &entry->own_uses, use_claims(lb));
	entry->controller->given += looks_everywhere(entry);
	entry->controller->given -= before;
}
