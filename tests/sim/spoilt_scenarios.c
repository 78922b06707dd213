/* Answers of the cloud that are lost, refused, cut or of another shape on their way. */
#include <string.h>

#include "sim/script.h"

static bool spoil_drop(struct world *world, struct fake_call *call, struct emulator_answer *answer)
{
	if (text_equal(call->method, "GET"))
		return false;
	world->spoil_left--;
	fake_drop(call);
	return true;
}

static bool spoil_body(struct world *world, struct fake_call *call, struct emulator_answer *answer)
{
	world->spoil_left--;
	answer->status = world->spoil_status ? world->spoil_status : answer->status;
	answer->body = world->spoil_body;
	answer->length = strlen(world->spoil_body);
	return false;
}

/* The object is made although the first answers are spoilt; nothing twice, nothing lost. */
static void with_spoilt(struct world *world, int times)
{
	world->spoil_left = times;
	world->meddled = true;
	start_with(world, SEED_OBJECT);
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	world->spoil_left = times;
	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	check_ready(world, KEY);
	check_rest(world, 1, 1);
	world->spoil_left = times;
	check_deleted(world, KEY);
	judge_nothing(world);
}

/* The answers of writes are lost: they may have happened. */
void spoilt_unclear(struct world *world)
{
	world->spoil = spoil_drop;
	with_spoilt(world, 12);
}

void spoilt_throttled(struct world *world)
{
	world->spoil = spoil_body;
	world->spoil_status = 403;
	world->spoil_body = "{\"error\":{\"code\":403,\"message\":\"Rate Limit Exceeded\",\"errors\":[{\"message\":"
			    "\"Rate Limit Exceeded\",\"domain\":\"usageLimits\",\"reason\":\"rateLimitExceeded\"}]}}";
	with_spoilt(world, 15);
}

void spoilt_token_refused(struct world *world)
{
	world->spoil = spoil_body;
	world->spoil_status = 401;
	world->spoil_body = "{\"error\":{\"code\":401,\"message\":\"Invalid Credentials\",\"errors\":[{\"message\":"
			    "\"Invalid Credentials\",\"domain\":\"global\",\"reason\":\"authError\"}]}}";
	world->spoil_left = 1000000;
	start_with(world, SEED_OBJECT);
	check_reason(world, KEY, "PermissionDenied", "Invalid Credentials");
	check_stalled(world, KEY);
	world->spoil_left = 0;
	check_ready(world, KEY);
	world->meddled = true;
	check_rest(world, 1, 1);
}

void spoilt_endpoint_down(struct world *world)
{
	world->spoil = spoil_body;
	world->spoil_status = 503;
	world->spoil_body = "<html>down</html>";
	world->spoil_left = 1000000;
	start_with(world, SEED_OBJECT);
	check_reason(world, KEY, "CloudUnavailable", "503");
	world->spoil_left = 0;
	check_ready(world, KEY);
	world->meddled = true;
	check_rest(world, 1, 1);
}

void spoilt_empty(struct world *world)
{
	world->spoil = spoil_body;
	world->spoil_body = "";
	with_spoilt(world, 20);
}

void spoilt_truncated(struct world *world)
{
	world->spoil = spoil_body;
	world->spoil_body = "{\"kind\":\"compute#operation\",\"name\":\"operation-1\",\"stat";
	with_spoilt(world, 20);
}

void spoilt_not_json(struct world *world)
{
	world->spoil = spoil_body;
	world->spoil_body = "<html><body>hello</body></html>";
	with_spoilt(world, 20);
}

void spoilt_wrong_shape(struct world *world)
{
	world->spoil = spoil_body;
	world->spoil_body = "{\"items\":{\"name\":7},\"status\":[],\"name\":{},\"error\":true}";
	with_spoilt(world, 20);
}

void spoilt_too_large(struct world *world)
{
	struct str body = {0};

	str_adds(&body, "{\"padding\":\"");
	while (body.length < 17 << 20)
		str_adds(&body, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
	str_adds(&body, "\"}");
	world->spoil = spoil_body;
	world->spoil_body = str_text(&body);
	with_spoilt(world, 4);
	str_done(&body);
}
