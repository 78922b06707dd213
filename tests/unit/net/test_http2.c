/* How many connections a burst of requests takes: few where one carries many, more where it does not, and none waits for ever
 * because the first one failed. */
#include "h2.h"

enum { ROUNDS = 50, BURST = 50, MANY = 500, STREAMS = 100 };

struct fixture {
	struct rig rig;
	struct identity authority, identity;
	struct h2_server server;
	struct http_peer peer;
	char url[64];
};

static void serve_nothing(void *arg, const struct server_request *request)
{
}

static struct fixture *fixture_new(bool multiplexed, uint32_t streams)
{
	struct fixture *f = mem_alloc(sizeof(*f));
	rig_open(&f->rig, serve_nothing);
	identity_make(&f->authority, NULL, "authority", NULL, 1);
	identity_make(&f->identity, &f->authority, "server", "IP:127.0.0.1", 1);
	h2_start(&f->server, &f->identity, multiplexed, streams);
	f->peer = (struct http_peer){.ca_pem = f->authority.own_certificate_pem};
	snprintf(f->url, sizeof(f->url), "https://127.0.0.1:%u/", f->server.port);
	return f;
}

static int set_up(void **state)
{
	*state = fixture_new(true, STREAMS);
	return 0;
}

static int set_up_plain(void **state)
{
	*state = fixture_new(false, STREAMS);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	rig_close(&f->rig);
	h2_stop(&f->server);
	identity_done(&f->authority);
	identity_done(&f->identity);
	mem_free(f);
	return 0;
}

static struct http_request request_of(const struct fixture *f)
{
	return (struct http_request){.method = "GET", .url = f->url, .peer = &f->peer};
}

static void begin(
	struct fixture *f, struct outcome *outcomes, size_t count, int *open, const struct http_request *request)
{
	memset(outcomes, 0, count * sizeof(*outcomes));
	for (size_t i = 0; i < count; i++)
		outcome_send(&f->rig, &outcomes[i], open, request);
}

static size_t answered(const struct outcome *outcomes, size_t count)
{
	size_t good = 0;
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(outcomes[i].ends, 1);
		good += outcomes[i].status == 200;
	}
	return good;
}

/* So many at once; how many of them are answered. */
static size_t burst(struct fixture *f, size_t count, const struct http_request *request)
{
	struct outcome outcomes[MANY];
	int open = 0;
	begin(f, outcomes, count, &open, request);
	rig_run(&f->rig);
	return answered(outcomes, count);
}

static int accepted(struct fixture *f)
{
	return atomic_load(&f->server.accepted);
}

/* Each round begins without a connection, and goes on with the one that stands. */
static void rounds(struct fixture *f, bool own_connection)
{
	struct http_request request = request_of(f);
	request.own_connection = own_connection;
	for (int i = 1; i <= ROUNDS; i++) {
		assert_int_equal(burst(f, BURST, &request), BURST);
		assert_int_equal(burst(f, BURST, &request), BURST);
		assert_int_equal(accepted(f), i);
		net_http_free(f->rig.http);
		f->rig.http = net_http_new(f->rig.loop, "tflb-test/1", NULL);
	}
}

static void test_a_burst_shares_one_connection(void **state)
{
	rounds(*state, false);
}

static void test_long_polls_share_another(void **state)
{
	rounds(*state, true);
}

static void until_requests(struct fixture *f, int count)
{
	for (int i = 0; i < 500 && atomic_load(&f->server.requests) < count; i++)
		rig_pause(&f->rig, 10);
	assert_int_equal(atomic_load(&f->server.requests), count);
}

/* What two connections cannot carry waits until they can. */
static void test_no_more_than_two_connections(void **state)
{
	struct fixture *f = *state;
	struct http_request request = request_of(f);
	struct outcome outcomes[MANY];
	int open = 0;
	atomic_store(&f->server.holding, true);
	begin(f, outcomes, MANY, &open, &request);
	until_requests(f, 2 * STREAMS);
	rig_pause(&f->rig, 50);
	assert_int_equal(atomic_load(&f->server.requests), 2 * STREAMS);
	assert_int_equal(accepted(f), 2);
	h2_let_go(&f->server);
	rig_run(&f->rig);
	assert_int_equal(answered(outcomes, MANY), MANY);
	assert_int_equal(accepted(f), 2);
}

/* Watches must all be there at once. */
static void test_long_polls_are_not_bounded(void **state)
{
	struct fixture *f = *state;
	struct http_request request = request_of(f);
	struct outcome outcomes[MANY];
	int open = 0;
	request.own_connection = true;
	atomic_store(&f->server.holding, true);
	begin(f, outcomes, MANY, &open, &request);
	until_requests(f, MANY);
	assert_int_equal(accepted(f), MANY / STREAMS);
	h2_let_go(&f->server);
	rig_run(&f->rig);
	assert_int_equal(answered(outcomes, MANY), MANY);
}

static void test_plain_connections_carry_one_each(void **state)
{
	struct fixture *f = *state;
	struct http_request request = request_of(f);
	struct outcome outcomes[BURST];
	int open = 0;
	atomic_store(&f->server.holding, true);
	begin(f, outcomes, BURST, &open, &request);
	for (int i = 0; i < 500 && accepted(f) < 32; i++)
		rig_pause(&f->rig, 10);
	rig_pause(&f->rig, 50);
	assert_int_equal(accepted(f), 32);
	h2_let_go(&f->server);
	rig_run(&f->rig);
	assert_int_equal(answered(outcomes, BURST), BURST);
}

/* A server that learns HTTP/2 while others of its connections stand, and one that forgets it. */
static void test_the_protocol_may_change(void **state)
{
	struct fixture *f = *state;
	struct http_request request = request_of(f);
	assert_int_equal(burst(f, 1, &request), 1);
	atomic_store(&f->server.multiplexed, true);
	request.fresh_connection = true;
	assert_int_equal(burst(f, 1, &request), 1);
	assert_int_equal(accepted(f), 2);
	request.own_connection = true;
	request.fresh_connection = false;
	assert_int_equal(burst(f, BURST, &request), BURST);
	assert_int_equal(accepted(f), 3);
}

/* Those whose connection failed fail, and the next in line tries again. */
static void test_a_failure_lets_the_next_begin(void **state)
{
	struct fixture *f = *state;
	struct http_request request = request_of(f);
	atomic_store(&f->server.refusals, 3);
	assert_int_equal(burst(f, BURST, &request), BURST - 3);
	assert_int_equal(accepted(f), 4);
}

/* Curl would give each of them a connection of its own. */
static void test_refused_streams_share_the_next_connection(void **state)
{
	struct fixture *f = *state;
	struct http_request request = request_of(f);
	assert_int_equal(burst(f, 1, &request), 1);
	atomic_store(&f->server.refusing, 1);
	assert_int_equal(burst(f, BURST, &request), BURST);
	assert_int_equal(accepted(f), 2);
}

/* A server that refuses whatever comes is not asked for ever. */
static void test_refusals_are_bounded(void **state)
{
	struct fixture *f = *state;
	struct http_request request = request_of(f);
	AUTO_OUTCOME struct outcome outcome = {0};
	char want[128];
	atomic_store(&f->server.refusing, 100);
	outcome_of(&f->rig, &outcome, &request);
	snprintf(want, sizeof(want), "the connection to 127.0.0.1:%u broke", f->server.port);
	assert_string_equal(outcome.err.message, want);
	assert_string_equal(outcome.err.code, "Closed");
	assert_int_equal(accepted(f), 6);
}

static void test_the_first_may_be_cancelled(void **state)
{
	struct fixture *f = *state;
	struct http_request request = request_of(f);
	struct outcome first = {0}, outcomes[BURST];
	int open = 0;
	struct http_call *call = outcome_send(&f->rig, &first, NULL, &request);
	begin(f, outcomes, BURST, &open, &request);
	http_cancel(f->rig.http, call);
	rig_run(&f->rig);
	assert_int_equal(first.ends, 0);
	assert_int_equal(answered(outcomes, BURST), BURST);
	assert_int_equal(accepted(f), 1);
}

/* Who waits for the connection of another does not wait longer than for one of its own. */
static void test_waiting_is_connecting(void **state)
{
	struct fixture *f = *state;
	struct outcome outcomes[MANY];
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	uint16_t port;
	int listener = listen_somewhere(&port), fillers[8], open = 0;
	to.sin_port = htons(port);
	listen(listener, 0);
	for (int i = 0; i < 8; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		connect(fillers[i], (struct sockaddr *)&to, sizeof(to));
	}
	struct http_request request = request_of(f);
	snprintf(f->url, sizeof(f->url), "https://127.0.0.1:%u/", port);
	request.connect_ms = 200; /* one after the other would take 100 s */
	begin(f, outcomes, MANY, &open, &request);
	rig_run(&f->rig);
	assert_int_equal(answered(outcomes, MANY), 0);
	for (int i = 0; i < MANY; i++)
		assert_non_null(strstr(outcomes[i].err.message, ": no answer within 0.2 s"));
	for (int i = 0; i < 8; i++)
		close(fillers[i]);
	close(listener);
}

#define H2_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define PLAIN_TEST(test) cmocka_unit_test_setup_teardown(test, set_up_plain, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		H2_TEST(test_a_burst_shares_one_connection),
		H2_TEST(test_long_polls_share_another),
		H2_TEST(test_no_more_than_two_connections),
		H2_TEST(test_long_polls_are_not_bounded),
		PLAIN_TEST(test_plain_connections_carry_one_each),
		PLAIN_TEST(test_the_protocol_may_change),
		H2_TEST(test_a_failure_lets_the_next_begin),
		H2_TEST(test_refused_streams_share_the_next_connection),
		H2_TEST(test_refusals_are_bounded),
		H2_TEST(test_the_first_may_be_cancelled),
		H2_TEST(test_waiting_is_connecting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
