/* Whom the transport believes, how it proves who it is, and what it says when it does not believe. */
#include "tls.h"

struct fixture {
	struct rig rig;
	struct identity authority, stranger, server, expired, client;
	struct tls_server good, old;
	char folder[32], path[64];
};

static void serve_nothing(void *arg, const struct server_request *request)
{
}

static int set_up(void **state)
{
	struct fixture *f = mem_alloc(sizeof(*f));
	rig_open(&f->rig, serve_nothing);
	identity_make(&f->authority, NULL, "authority", NULL, 1);
	identity_make(&f->stranger, NULL, "stranger", NULL, 1);
	identity_make(&f->server, &f->authority, "server", "IP:127.0.0.1,DNS:kube.test", 1);
	identity_make(&f->expired, &f->authority, "expired", "IP:127.0.0.1", -1);
	identity_make(&f->client, &f->authority, "someone", NULL, 1);
	tls_start(&f->good, &f->server, &f->authority);
	tls_start(&f->old, &f->expired, &f->authority);
	strcpy(f->folder, "/tmp/tflb-tls-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	tls_stop(&f->good);
	tls_stop(&f->old);
	identity_done(&f->authority);
	identity_done(&f->stranger);
	identity_done(&f->server);
	identity_done(&f->expired);
	identity_done(&f->client);
	rig_close(&f->rig);
	rmdir(f->folder);
	mem_free(f);
	return 0;
}

static void ask(
	struct fixture *f, struct outcome *outcome, const char *host, uint16_t port, const struct http_peer *peer)
{
	char url[128];
	snprintf(url, sizeof(url), "https://%s:%u/", host, port);
	outcome_of(&f->rig, outcome, &(struct http_request){.method = "GET", .url = url, .peer = peer});
}

static void assert_answers(struct fixture *f, const struct http_peer *peer, const char *format)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	char host[32], want[256];
	ask(f, &outcome, "127.0.0.1", f->good.port, peer);
	assert_string_equal(outcome.err.message, "");
	snprintf(host, sizeof(host), "127.0.0.1:%u", f->good.port);
	const char *mark = strchr(format, '@');
	snprintf(want, sizeof(want), "%.*s%s%s", (int)(mark - format), format, host, mark + 1);
	assert_string_equal(str_text(&outcome.body), want);
}

static void assert_refuses(
	struct fixture *f, const char *host, uint16_t port, const struct http_peer *peer, const char *why)
{
	AUTO_OUTCOME struct outcome outcome = {0};
	char start[64];
	ask(f, &outcome, host, port, peer);
	assert_true(outcome.failed);
	assert_int_equal(outcome.heads, 0);
	assert_int_equal(outcome.err.class, ERROR_TRANSIENT);
	assert_string_equal(outcome.err.code, "Tls");
	snprintf(start, sizeof(start), "%s:%u: ", host, port);
	if (!text_starts(outcome.err.message, start) || !strstr(outcome.err.message, why))
		fail_msg("expected \"%s\": %s", why, outcome.err.message);
}

static void test_believes_the_peers_authority(void **state)
{
	struct fixture *f = *state;
	struct http_peer peer = {.ca_pem = f->authority.own_certificate_pem};
	assert_answers(f, &peer, "sni=none host=@ client=none");
}

static void test_believes_nobody_else(void **state)
{
	struct fixture *f = *state;
	struct http_peer peer = {.ca_pem = f->stranger.own_certificate_pem};
	assert_refuses(
		f, "127.0.0.1", f->good.port, &peer, "the certificate is not accepted: unable to get local issuer");
	assert_refuses(
		f, "127.0.0.1", f->good.port, NULL, "the certificate is not accepted: unable to get local issuer");
	peer.insecure = true;
	assert_answers(f, &peer, "sni=none host=@ client=none");
}

static void test_the_name_counts(void **state)
{
	struct fixture *f = *state;
	struct http_peer peer = {.ca_pem = f->authority.own_certificate_pem};
	assert_refuses(f, "localhost", f->good.port, &peer,
		"the certificate is not accepted: no alternative certificate "
		"subject name matches target host name 'localhost'");
	peer.server_name = "other.test";
	assert_refuses(f, "127.0.0.1", f->good.port, &peer, "target host name 'other.test'");
	peer.server_name = "kube.test";
	assert_answers(f, &peer, "sni=kube.test host=@ client=none");
}

static void test_time_counts(void **state)
{
	struct fixture *f = *state;
	struct http_peer peer = {.ca_pem = f->authority.own_certificate_pem};
	assert_refuses(f, "127.0.0.1", f->old.port, &peer, "the certificate is not accepted: certificate has expired");
}

static void test_client_certificate(void **state)
{
	struct fixture *f = *state;
	struct http_peer peer = {.ca_pem = f->authority.own_certificate_pem,
		.client_cert_pem = f->client.own_certificate_pem,
		.client_key_pem = f->client.own_key_pem};
	assert_answers(f, &peer, "sni=none host=@ client=someone");
	peer.client_key_pem = f->server.own_key_pem;
	assert_refuses(f, "127.0.0.1", f->good.port, &peer, "our client certificate cannot be used");
	peer.client_key_pem = "nonsense";
	assert_refuses(f, "127.0.0.1", f->good.port, &peer, "our client certificate cannot be used");
}

static const char *write_file(struct fixture *f, const char *name, const char *text)
{
	snprintf(f->path, sizeof(f->path), "%s/%s", f->folder, name);
	FILE *file = fopen(f->path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return f->path;
}

static void test_files(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *authority = mem_strdup(write_file(f, "ca", f->authority.own_certificate_pem));
	AUTO_FREE char *certificate = mem_strdup(write_file(f, "cert", f->client.own_certificate_pem));
	AUTO_FREE char *key = mem_strdup(write_file(f, "key", f->client.own_key_pem));
	struct http_peer peer = {.ca_file = authority, .client_cert_file = certificate, .client_key_file = key};
	assert_answers(f, &peer, "sni=none host=@ client=someone");
	peer.client_cert_file = "/nowhere";
	assert_refuses(f, "127.0.0.1", f->good.port, &peer, "our client certificate cannot be used");
	unlink(certificate);
	unlink(key);
	unlink(authority);
	peer.client_cert_file = peer.client_key_file = NULL;
	assert_refuses(f, "127.0.0.1", f->good.port, &peer, "the CA certificates cannot be used");
}

/* An authority's file is read for every connection, so a renewed one counts at once. */
static void test_renewed_authority(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = mem_strdup(write_file(f, "ca", f->stranger.own_certificate_pem));
	struct http_peer peer = {.ca_file = path};
	assert_refuses(f, "127.0.0.1", f->good.port, &peer, "unable to get local issuer");
	write_file(f, "ca", f->authority.own_certificate_pem);
	assert_answers(f, &peer, "sni=none host=@ client=none");
	write_file(f, "ca", f->stranger.own_certificate_pem);
	assert_refuses(f, "127.0.0.1", f->good.port, &peer, "unable to get local issuer");
	unlink(path);
}

/* A peer that does not say whom to trust trusts whom the process does, by a file that may be another one. */
static void test_the_systems_authorities(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *path = mem_strdup(write_file(f, "system", f->authority.own_certificate_pem));
	struct http_peer peer = {.server_name = "kube.test"};
	net_http_free(f->rig.http);
	f->rig.http = net_http_new(f->rig.loop, "tflb-test/1", path);
	assert_answers(f, &peer, "sni=kube.test host=@ client=none");
	peer.ca_pem = f->stranger.own_certificate_pem;
	assert_refuses(f, "127.0.0.1", f->good.port, &peer, "unable to get local issuer");
	peer.ca_pem = NULL;
	rig_pause(&f->rig, 20); /* the file's time is a coarse one */
	write_file(f, "system", f->stranger.own_certificate_pem);
	peer.server_name = NULL;
	assert_refuses(f, "127.0.0.1", f->good.port, &peer, "unable to get local issuer");
	unlink(path);
}

static void test_a_server_without_tls(void **state)
{
	struct fixture *f = *state;
	assert_refuses(f, "127.0.0.1", server_port(f->rig.server), NULL, "TLS failed");
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_believes_the_peers_authority),
		RIG_TEST(test_believes_nobody_else),
		RIG_TEST(test_the_name_counts),
		RIG_TEST(test_time_counts),
		RIG_TEST(test_client_certificate),
		RIG_TEST(test_files),
		RIG_TEST(test_renewed_authority),
		RIG_TEST(test_the_systems_authorities),
		RIG_TEST(test_a_server_without_tls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
