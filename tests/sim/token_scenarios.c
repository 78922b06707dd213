/* A life with credentials of a person's login: tokens that end, are called back, or can't be had, in the middle of what is done. */
#include <string.h>

#include "sim/script.h"

enum { LASTS_MS = 300000, DESK_MS = 1500, ASKED_MOST = 60, TURNED_AWAY_MOST = 20 };
enum mood { ANSWERS, REFUSES, IS_DOWN };

/* The token endpoint, and what the cloud knows of its tokens. */
struct desk {
	struct world *world;
	enum mood mood;
	unsigned issued, asked, turned_away;
	char token[40]; /* the one that is accepted; "": none */
	int64_t ends_ms;
	struct fake_call *call; /* that waits for its answer; NULL: none */
	struct timer timer;
	int64_t asked_ms, answered_ms; /* when the last one left the controller, and when it had its answer */
	char refused[200];             /* the header that was turned away last */
	int64_t refused_ms;            /* when that was known first */
};

static const char LOGIN[] =
	"{\"type\":\"authorized_user\",\"client_id\":\"a-client\",\"client_secret\":\"canary-secret\","
	"\"refresh_token\":\"canary-refresh\"}";

static void give_token(struct desk *desk, struct fake_call *call)
{
	JSON_WORK(work);

	text_copy(desk->token, sizeof(desk->token), arena_printf(json_arena(), "ya29.canary-%u", ++desk->issued));
	desk->ends_ms = desk->world->loop.now_ms + LASTS_MS;
	fake_answer(call, 200, "application/json",
		arena_printf(json_arena(), "{\"access_token\":\"%s\",\"expires_in\":%d,\"token_type\":\"Bearer\"}",
			desk->token, LASTS_MS / 1000));
}

static void answer_token(void *arg)
{
	struct desk *desk = arg;
	struct fake_call *call = TAKE(desk->call);

	desk->answered_ms = desk->world->loop.now_ms + WORLD_LATENCY_MS;
	if (desk->mood == ANSWERS)
		give_token(desk, call);
	else if (desk->mood == REFUSES)
		fake_answer(call, 400, "application/json",
			"{\"error\":\"invalid_grant\",\"error_description\":\"Token has been expired or revoked.\"}");
	else
		fake_answer(call, 503, "text/html", "<html>down</html>");
}

static void serve_token(struct desk *desk, struct fake_call *call)
{
	desk->asked++;
	if (desk->call)
		world_complain(desk->world, "two tokens are asked for at once");
	if (!strstr(call->body, "refresh_token=canary-refresh"))
		world_complain(desk->world, "the token is asked for without the login");
	desk->call = call;
	desk->asked_ms = desk->world->loop.now_ms - WORLD_LATENCY_MS;
	desk->answered_ms = INT64_MAX;
	timer_start(&desk->world->loop.loop, &desk->timer, DESK_MS, answer_token, desk);
}

/* What was refused is not used while another one is on its way. */
static void turn_away(struct desk *desk, struct fake_call *call, const char *given)
{
	int64_t sent = desk->world->loop.now_ms - WORLD_LATENCY_MS;

	desk->turned_away++;
	if (given && text_equal(given, desk->refused) && sent > desk->refused_ms && sent >= desk->asked_ms &&
		sent < desk->answered_ms)
		world_complain(desk->world, "%s %s left with a refused token while another was on its way",
			call->method, call->path);
	if (given && !text_equal(given, desk->refused)) {
		text_copy(desk->refused, sizeof(desk->refused), given);
		desk->refused_ms = desk->world->loop.now_ms + WORLD_LATENCY_MS;
	}
	fake_answer(call, 401, "application/json",
		"{\"error\":{\"code\":401,\"message\":\"Invalid Credentials\",\"errors\":[{\"message\":\"Invalid "
		"Credentials\",\"domain\":\"global\",\"reason\":\"authError\"}]}}");
}

static bool on_call(void *arg, struct replica *replica, struct fake_call *call)
{
	struct desk *desk = arg;
	const char *given = fake_header(call, "Authorization");

	if (text_equal(call->url, "https://oauth2.googleapis.com/token")) {
		serve_token(desk, call);
		return true;
	}
	if (!world_is_for_cloud(call))
		return false;
	if (given && desk->token[0] && strstr(given, desk->token)) {
		if (desk->world->loop.now_ms > desk->ends_ms)
			world_complain(desk->world, "%s %s bears a token that has ended", call->method, call->path);
		return false;
	}
	turn_away(desk, call, given);
	return true;
}

static void open_desk(struct desk *desk, struct world *world)
{
	*desk = (struct desk){.world = world};
	world->faults = (struct world_hooks){.call = on_call, .arg = desk};
	world->meddled = true; /* calls that lose their token on the way are refused */
	for (int i = 0; i < REPLICAS_MAX; i++) {
		struct fake_env *env = &world->replicas[i].env;

		fake_env_file(env, "/login.json", LOGIN);
		fake_env_variable(env, "GOOGLE_APPLICATION_CREDENTIALS", "/login.json");
		fake_env_variable(env, "GOOGLE_CLOUD_PROJECT", "my-project"); /* a login does not tell */
	}
}

/* From now on another is wanted, which the desk gives or does not give. */
static void call_back(struct desk *desk, enum mood mood)
{
	desk->token[0] = '\0';
	desk->mood = mood;
}

void token_life(struct world *world)
{
	struct desk desk;

	open_desk(&desk, world);
	start_with(world, SEED_OBJECT);
	world_run(world, 3000);
	call_back(&desk, ANSWERS); /* amid the creation */
	check_ready(world, KEY);

	apiserver_edit(&world->api, KEY, "{\"template\":{\"machineType\":\"n1-standard-8\"}}");
	world_run(world, 3000);
	call_back(&desk, IS_DOWN);
	world_run(world, 2 * MINUTE);
	desk.mood = ANSWERS;
	check_ready(world, KEY);

	apiserver_edit(&world->api, KEY, "{\"healthCheck\":{\"requestPath\":\"/other\"}}");
	call_back(&desk, REFUSES);
	check_reason(world, KEY, "PermissionDenied", "invalid_grant");
	desk.mood = ANSWERS;
	check_ready(world, KEY);

	apiserver_delete(&world->api, KEY);
	world_run(world, 5000);
	call_back(&desk, REFUSES);
	world_run(world, 3 * MINUTE);
	desk.mood = ANSWERS;
	check_gone(world, KEY);
	judge_nothing(world);
	if (desk.issued < 4 || desk.asked > ASKED_MOST || desk.turned_away > TURNED_AWAY_MOST)
		world_complain(world, "%u tokens were given, asked for %u times, and %u calls turned away", desk.issued,
			desk.asked, desk.turned_away);
	timer_stop(&world->loop.loop, &desk.timer);
	world->faults = (struct world_hooks){0};
}
