/* A Lease lives under its path; what stands in its spec is for its clients alone. */
#include "sim/leases.h"

#include <string.h>

#include "base/json.h"

static const char COLLECTIONS[] = "/apis/coordination.k8s.io/v1/namespaces/";

bool leases_serves(const struct fake_call *call)
{
	return text_starts(call->path, COLLECTIONS);
}

static void refuse(struct fake_call *call, int code, const char *reason)
{
	AUTO_FREE char *body = mem_printf("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":"
					  "\"Failure\",\"message\":\"refused\",\"reason\":\"%s\",\"code\":%d}",
		reason, code);

	fake_answer(call, code, "application/json", body);
}

static void store(struct leases *leases, struct fake_call *call, const char *path, cJSON *lease, int status)
{
	json_setf(json_member(lease, "metadata"), "resourceVersion", "%u", ++leases->version);
	mem_free(map_put(&leases->texts, path, json_print_owned(lease)));
	fake_answer(call, status, "application/json", json_print(lease));
}

static bool create(struct leases *leases, struct fake_call *call)
{
	cJSON *lease = json_parse_text(call->body);
	char *path = arena_printf(json_arena(), "%s/%s", call->path, json_text(lease, "metadata.name"));

	if (map_find(&leases->texts, path)) {
		refuse(call, 409, "AlreadyExists");
		return false;
	}
	store(leases, call, path, lease, 201);
	return true;
}

static bool update(struct leases *leases, struct fake_call *call, const char *text)
{
	cJSON *lease = json_parse_text(call->body);

	if (!text_equal(json_text(lease, "metadata.resourceVersion"),
		    json_text(json_parse_text(text), "metadata.resourceVersion"))) {
		refuse(call, 409, "Conflict");
		return false;
	}
	store(leases, call, call->path, lease, 200);
	return true;
}

bool leases_request(struct leases *leases, struct fake_call *call)
{
	JSON_WORK(work);
	const char *text = map_find(&leases->texts, call->path);

	if (text_equal(call->method, "POST"))
		return create(leases, call);
	if (!text)
		refuse(call, 404, "NotFound");
	else if (text_equal(call->method, "PUT"))
		return update(leases, call, text);
	else if (text_equal(call->method, "GET"))
		fake_answer(call, 200, "application/json", text);
	else
		refuse(call, 405, "MethodNotAllowed");
	return false;
}

const char *leases_holder(const struct leases *leases, const char *path)
{
	const char *text = map_find(&leases->texts, path);

	return text ? json_text_or(json_parse_text(text), "spec.holderIdentity", "") : "";
}

void leases_done(struct leases *leases)
{
	map_done(&leases->texts, mem_free);
}
