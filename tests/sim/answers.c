/* F4, F5, F6: what a server, or the way to it, may answer instead of the truth. */
#include <stdlib.h>
#include <string.h>

#include "sim/fault.h"

/* --- F4: refusals --- */

enum { LIE_MS = 70000 }; /* what is said to be absent is seen again by the next sweep */

struct refusal {
	int status;
	const char *reason, *message;
	int more; /* seconds of Retry-After, or DONE; 0: neither */
};

/* The request is carried out, and refused all the same. */
enum { DONE = -1 };

static const struct refusal cloud_refusals[] = {
	{400, "invalid", "Invalid value for field 'resource.description': ''. Not this time.", 0},
	{401, "authError", "Invalid Credentials", 0},
	{403, "forbidden", "Required 'compute.urlMaps.create' permission for 'projects/my-project/global/urlMaps/x'",
		0},
	{403, "rateLimitExceeded", "Rate Limit Exceeded", 0},
	{404, "notFound", "", 0}, /* names what was asked for */
	{409, "alreadyExists", "The resource already exists", DONE},
	{409, "alreadyExists", "foreign", 0}, /* see strike_foreign */
	{400, "resourceInUseByAnotherResource", "The resource is already being used by another", 0},
	{412, "conditionNotMet", "Invalid fingerprint.", 0},
	{429, "rateLimitExceeded", "Too Many Requests", 7},
	{500, "internalError", "Internal Error", 0},
	{502, NULL, "<html>Bad Gateway</html>", 0},
	{503, "backendError", "Backend Error", 0},
	{504, NULL, "<html>Gateway Timeout</html>", 0},
	{302, NULL, "<html>http://evil.example/</html>", 0},
};

static const struct refusal kube_refusals[] = {
	{400, "BadRequest", "bad", 0},
	{401, "Unauthorized", "Unauthorized", 0},
	{403, "Forbidden", "forbidden", 0},
	{404, "NotFound", "not found", 0},
	{409, "Conflict", "the object has been modified", DONE},
	{409, "Conflict", "the object has been modified", 0},
	{410, "Expired", "too old resource version", 0},
	{413, "RequestEntityTooLarge", "too large", 0},
	{422, "Invalid", "the server rejected our request", 0},
	{429, "TooManyRequests", "slow down", 7},
	{500, "InternalError", "etcdserver: request timed out", 0},
	{502, NULL, "<html>Bad Gateway</html>", 0},
	{503, "ServiceUnavailable", "apiserver is shutting down", 0},
	{504, "Timeout", "request did not complete within the allotted timeout", 0},
	{302, NULL, "<html>http://evil.example/</html>", 0},
};

static int retry_of(const struct refusal *refusal)
{
	return refusal->more > 0 ? refusal->more : 0;
}

static void refuse_cloud(struct fake_call *call, const struct refusal *refusal)
{
	JSON_WORK(work);
	const char *message = refusal->message;

	if (refusal->status == 404)
		message = arena_printf(
			json_arena(), "The resource '%s' was not found", call->path + strlen("/compute/v1/"));
	fake_answer_retry(call, refusal->status, retry_of(refusal),
		arena_printf(json_arena(),
			"{\"error\":{\"code\":%d,\"message\":\"%s\",\"errors\":[{\"message\":\"%s\",\"domain\":"
			"\"global\","
			"\"reason\":\"%s\"}]}}",
			refusal->status, message, message, refusal->reason));
}

/* So long at least, from when the answer is there. */
static void note_rest(struct world *world, const struct fake_call *call, const struct refusal *refusal)
{
	enum { LEAST_MS = 19000 };

	struct rest *rest = &world->rests[world->rested % RESTS_MAX];

	if (refusal->status != 429 && !text_equal(refusal->reason, "rateLimitExceeded"))
		return;
	world->rested++;
	rest->http = call->http;
	rest->start = world_sender(world, call)->starts;
	rest->from = world->loop.now_ms + WORLD_LATENCY_MS + 1;
	rest->until = rest->from + (refusal->more > 0 ? refusal->more * 1000 - 100 : LEAST_MS);
	world_quota(call, rest->quota);
}

static void refuse_kube(struct fake_call *call, const struct refusal *refusal)
{
	JSON_WORK(work);

	fake_answer_retry(call, refusal->status, retry_of(refusal),
		arena_printf(json_arena(),
			"{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":"
			"\"%s\","
			"\"reason\":\"%s\",\"code\":%d}",
			refusal->message, refusal->reason, refusal->status));
}

static void end_foreign(struct injector *injector, struct fake_call *call, void *own_data)
{
	world_cloud_begin(injector->world, "DELETE", own_data, NULL);
	if (injector->world->direct_status >= 300 && injector->world->direct_status != 404) { /* in use, or not yet */
		injector_lasts(injector, 31000);
		injector_later(injector, 30000, end_foreign, NULL, own_data);
		return;
	}
	injector_lasts(injector, 60000);
	mem_free(own_data);
}

/* Somebody else was quicker with a resource of that name, unless there is one; after some minutes it goes. */
static bool strike_foreign(struct injector *injector, struct fake_call *call)
{
	JSON_WORK(work);
	cJSON *body = json_parse_text(call->body);
	const char *path = call->path + strlen("/compute/v1/projects/my-project/");

	json_set_text(body, "description", "somebody else's");
	world_cloud_begin(injector->world, "POST", path, json_print(body));
	if (injector->world->direct_status >= 300)
		return false;
	injector_lasts(injector, 300000);
	injector_later(injector, 240000, end_foreign, NULL, mem_printf("%s/%s", path, json_text(body, "name")));
	return false;
}

static bool is_insert(const struct fake_call *call)
{
	return world_is_for_cloud(call) && text_equal(call->method, "POST") && world_is_mutation(call) &&
	       call->body_length && json_text(json_parse_text(call->body), "name");
}

bool strike_refusal(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	JSON_WORK(work);
	bool for_cloud = world_is_for_cloud(call);
	const struct refusal *refusal = for_cloud ? &cloud_refusals[fault->variant] : &kube_refusals[fault->variant];
	struct str real = {0};
	int status;

	if (for_cloud && fault->variant == 6 && is_insert(call))
		return strike_foreign(injector, call);
	if (for_cloud && refusal->status == 404)
		injector_lasts(injector, LIE_MS);
	if (refusal->more == DONE) {
		world_serve(injector->world, replica, call);
		if (!fake_take_back(call, &status, &real))
			return true; /* it is answered later, and truly */
		str_done(&real);
	}
	if (!refusal->reason)
		fake_answer(call, refusal->status, "text/html", refusal->message);
	else if (for_cloud)
		note_rest(injector->world, call, refusal), refuse_cloud(call, refusal);
	else
		refuse_kube(call, refusal);
	return true;
}

/* --- F5: the way --- */

enum way {
	WAY_REFUSED,
	WAY_NO_NAME,
	WAY_TLS,
	WAY_WRONG_NAME,
	WAY_EXPIRED,
	WAY_BEFORE_HEAD, /* and all after it: the server has done it */
	WAY_AFTER_HEAD,
	WAY_IN_BODY,
	WAY_HALF_OPEN, /* the server never sees it */
	WAY_DRIP,
	WAY_NO_ANSWER,
	WAY_GOAWAY,
	WAY_REFUSED_STREAM,
	WAY_STALL,
	WAY_FLOOD,
	WAY_LATE,
};

static const struct {
	const char *code, *message;
} before_server[] = {
	[WAY_REFUSED] = {"ConnectionRefused", "cannot connect to 127.0.0.1: connection refused"},
	[WAY_NO_NAME] = {"NameNotFound", "cannot connect to 127.0.0.1: the name has no address"},
	[WAY_TLS] = {"Tls", "127.0.0.1: TLS failed: handshake failure"},
	[WAY_WRONG_NAME] = {"Tls", "127.0.0.1: the certificate is not accepted: no alternative name matches"},
	[WAY_EXPIRED] = {"Tls", "127.0.0.1: the certificate is not accepted: it has expired"},
	[WAY_GOAWAY] = {"Closed", "the HTTP/2 connection to 127.0.0.1 broke"},
	[WAY_REFUSED_STREAM] = {"Closed", "127.0.0.1 broke off the answer"},
};

bool strike_transport(
	struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	if (fault->variant == WAY_HALF_OPEN)
		return true;
	if ((size_t)fault->variant < sizeof(before_server) / sizeof(before_server[0]) &&
		before_server[fault->variant].code) {
		fake_fail(call, before_server[fault->variant].code, before_server[fault->variant].message);
		return true;
	}
	injector_spoil(injector, call, fault);
	return false;
}

struct held {
	int status;
	size_t length, told;
	char body[];
};

static struct held *hold(const struct emulator_answer *answer)
{
	struct held *held = mem_alloc(sizeof(*held) + answer->length + 1);

	held->status = answer->status;
	held->length = answer->length;
	memcpy(held->body, answer->body, answer->length);
	return held;
}

/* It arrives whole in the end. */
static void witness(struct injector *injector, const struct fake_call *call, const struct held *held)
{
	const struct world_hooks *hooks = &injector->world->witness;
	struct emulator_answer answer = {.status = held->status, .body = held->body, .length = held->length};

	if (hooks->answered && world_is_for_cloud(call))
		hooks->answered(hooks->arg, call, &answer);
}

static void drip(struct injector *injector, struct fake_call *call, void *own_data)
{
	struct held *held = own_data;

	if (call->gone || held->told == held->length) {
		witness(injector, call, held);
		fake_end(call);
		mem_free(held);
		return;
	}
	fake_chunk(call, held->body + held->told++, 1);
	injector_lasts(injector, 2000);
	injector_later(injector, 1000, drip, call, held);
}

static void answer_late(struct injector *injector, struct fake_call *call, void *own_data)
{
	struct held *held = own_data;

	witness(injector, call, held);
	fake_answer_bytes(call, held->status, "application/json", held->body, held->length);
	mem_free(held);
}

bool spoil_transport(struct injector *injector, int variant, struct fake_call *call, struct emulator_answer *answer)
{
	switch (variant) {
	case WAY_BEFORE_HEAD:
		fake_fail(call, "Closed", "127.0.0.1 closed the connection without an answer");
		return true;
	case WAY_FLOOD:
		fake_fail(call, "TooLarge", "the answer's headers are too large");
		return true;
	case WAY_DRIP:
		fake_head(call, answer->status, answer->content_type, 0);
		injector_later(injector, 1000, drip, call, hold(answer));
		return true;
	case WAY_LATE:
		injector_lasts(injector, 25000);
		injector_later(injector, 25000, answer_late, call, hold(answer));
		return true;
	case WAY_NO_ANSWER:
		return true;
	}
	fake_head(call, answer->status, answer->content_type, 0);
	if (variant == WAY_IN_BODY)
		fake_chunk(call, answer->body, answer->length / 2);
	if (variant != WAY_STALL)
		fake_fail(call, "Closed", "127.0.0.1 closed the connection in the middle of the answer");
	return true;
}

/* --- F6: bodies --- */

enum { CUTS = 8, CUT_STEP = 64 };

static const char *const bodies[] = {
	"\x13\x37 garbage \xfe\xff",
	"<html><body>hello</body></html>",
	"{\"items\":{\"name\":7},\"status\":[],\"name\":{},\"error\":true,\"metadata\":[]}",
	"[]",
	"null",
	"\"text\"",
	"{}",
	"{\"name\":\"a\",\"name\":\"b\",\"status\":\"DONE\",\"status\":\"RUNNING\"}",
	"{\"name\":\"a\\u0000b\",\"status\":\"DO\\u0000NE\",\"kind\":\"compute#operation\"}",
	"{\"name\":\"\xc3\x28\",\"status\":\"DONE\"}",
	"{\"name\":\"a\",\"progress\":1e400,\"status\":\"DONE\"}",
	"{\"name\":\"a\",\"id\":99999999999999999999,\"targetSize\":18446744073709551616}",
	"{\"items\":null,\"kind\":null}",
	"{\"kind\":\"compute#operation\",\"name\":\"operation-1\",\"status\":\"FROBNICATING\"}",
	"{\"kind\":\"compute#operation\",\"name\":\"operation-1\",\"status\":\"DONE\"}",
};

/* The last of them says that an operation is over which has not begun. */
enum { PLAIN = sizeof(bodies) / sizeof(bodies[0]), DEEP = CUTS + PLAIN, HUGE, DONE_BODY = DEEP - 1 };

static char *deep(void)
{
	enum { DEPTH = 100000 };
	char *text = mem_alloc(2 * DEPTH + 1);

	memset(text, '[', DEPTH);
	memset(text + DEPTH, ']', DEPTH);
	return text;
}

static char *huge(void)
{
	enum { LENGTH = 17 << 20 };
	char *text = mem_alloc(LENGTH + 1);

	memset(text, ' ', LENGTH);
	return text;
}

bool strike_body(struct injector *injector, const struct fault *fault, struct replica *replica, struct fake_call *call)
{
	injector_spoil(injector, call, fault);
	return false;
}

bool spoil_body(struct injector *injector, int variant, struct fake_call *call, struct emulator_answer *answer)
{
	AUTO_FREE char *made = variant == DEEP ? deep() : variant == HUGE ? huge() : NULL;

	if (variant < CUTS) {
		size_t length = (size_t)variant * CUT_STEP;

		answer->length = length < answer->length ? length : answer->length / 2;
		return false;
	}
	if (variant == DONE_BODY)
		injector_lasts(injector, LIE_MS);
	answer->body = made ? made : bodies[variant - CUTS];
	answer->length = strlen(answer->body);
	fake_answer_bytes(call, answer->status, "application/json", answer->body, answer->length);
	return true;
}
