#include "rig.h"

/* base64 of "-----BEGIN X-----\n" */
#define PEM64 "LS0tLS1CRUdJTiBYLS0tLS0K"
#define PEM "-----BEGIN X-----\n"

#define CLUSTERS "clusters: [{name: c, cluster: {server: 'https://h:6443'}}]\n"
#define CONTEXTS "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u}}]\n"
#define CLUSTER(body) CONTEXTS "users: [{name: u, user: {}}]\nclusters: [{name: c, cluster: " body "}]\n"
#define EXEC(body) CONTEXTS CLUSTERS "users: [{name: u, user: {exec: {" body "}}}]\n"
#define V1 "apiVersion: client.authentication.k8s.io/v1"
#define USER(body) CONTEXTS CLUSTERS "users: [{name: u, user: " body "}]\n"

struct fixture {
	struct fake_env env;
	struct kube_config config;
	struct error err;
};

static void load_begin(struct fixture *fixture, const char *text)
{
	*fixture = (struct fixture){0};
	fake_env_init(&fixture->env, NULL, 1);
	fake_env_file(&fixture->env, "/k/config", text);
	fake_env_file(&fixture->env, "/k/pki/ca.crt", PEM);
	fake_env_file(&fixture->env, "/k/u.crt", PEM);
	fake_env_file(&fixture->env, "/abs/u.key", PEM);
	fake_env_file(&fixture->env, "/k/token", "abc\n");
	fake_env_file(&fixture->env, "/k/empty", "");
}

static bool load(struct fixture *fixture, const char *context)
{
	struct kube_config_options options = {.path = "/k/config", .context = context};
	return kube_config_load(&fixture->env.env, &options, &fixture->config, &fixture->err);
}

static void load_end(struct fixture *fixture)
{
	kube_config_done(&fixture->config);
	fake_env_done(&fixture->env);
}

static void assert_text(const char *seen, const char *want)
{
	if (!text_equal(seen, want))
		fail_msg("seen %s, wanted %s", seen ? seen : "NULL", want ? want : "NULL");
}

static void test_inline_everything(void **state)
{
	struct fixture f;
	load_begin(&f, CONTEXTS
		"clusters:\n- name: c\n  cluster:\n    server: https://[::1]:6443/k8s/clusters/c-x/\n"
		"    certificate-authority-data: " PEM64 "\n    certificate-authority: pki/no-such-file\n"
		"    tls-server-name: kubernetes\n    proxy-url: socks5://p:1080\n    extensions: [{name: e}]\n"
		"users:\n- name: u\n  user:\n    client-certificate-data: |\n      LS0tLS1CRUdJTiBY\n      LS0tLS0K\n"
		"    client-key-data: " PEM64 "\n    token: abc\n    exec:\n");
	if (!load(&f, NULL))
		fail_msg("%s", f.err.message);
	assert_text(f.config.own_server, "https://[::1]:6443/k8s/clusters/c-x");
	assert_text(f.config.peer.ca_pem, PEM);
	assert_null(f.config.peer.ca_file);
	assert_text(f.config.peer.client_cert_pem, PEM);
	assert_text(f.config.peer.client_key_pem, PEM);
	assert_text(f.config.peer.server_name, "kubernetes");
	assert_text(f.config.peer.proxy, "socks5://p:1080");
	assert_text(f.config.own_token, "abc");
	assert_null(f.config.own_namespace);
	assert_false(f.config.peer.insecure);
	load_end(&f);
}

static void test_files_are_relative_to_the_kubeconfig(void **state)
{
	struct fixture f;
	load_begin(&f, "current-context: x\ncontexts: [{name: x, context: {cluster: c, user: u, namespace: ml}}]\n"
		       "clusters: [{name: c, cluster: {server: 'https://h', certificate-authority: pki/ca.crt}}]\n"
		       "users: [{name: u, user: {client-certificate: u.crt, client-key: /abs/u.key, tokenFile: token, "
		       "token: old}}]\n");
	if (!load(&f, NULL))
		fail_msg("%s", f.err.message);
	assert_text(f.config.peer.ca_file, "/k/pki/ca.crt");
	assert_text(f.config.peer.client_cert_file, "/k/u.crt");
	assert_text(f.config.peer.client_key_file, "/abs/u.key");
	assert_text(f.config.own_token_file, "/k/token");
	assert_null(f.config.own_token);
	assert_text(f.config.own_namespace, "ml");
	load_end(&f);
}

static void test_json_and_another_context(void **state)
{
	struct fixture f;
	load_begin(&f, "{\"apiVersion\": \"v1\", \"kind\": \"Config\", \"current-context\": \"x\",\n"
		       "\t\"contexts\": [{\"name\": \"y\", \"context\": {\"cluster\": \"d\"}}],\n"
		       "\t\"clusters\": [{\"name\": \"c\", \"cluster\": {\"server\": \"https://wrong\"}},\n"
		       "\t\t{\"name\": \"d\", \"cluster\": {\"server\": \"https://d\", \"insecure-skip-tls-verify\": "
		       "true}}]}");
	if (!load(&f, "y"))
		fail_msg("%s", f.err.message);
	assert_text(f.config.own_server, "https://d");
	assert_true(f.config.peer.insecure);
	assert_null(f.config.own_token);
	load_end(&f);
}

static void test_no_credentials_over_plain_http(void **state)
{
	struct fixture f;
	load_begin(&f, CONTEXTS "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:8080'}}]\n"
				"users: [{name: u, user: {token: abc}}]\n");
	if (!load(&f, NULL))
		fail_msg("%s", f.err.message);
	assert_text(f.config.own_server, "http://127.0.0.1:8080");
	assert_null(f.config.own_token);
	load_end(&f);
}

static void assert_header(const struct fixture *f, size_t at, const char *name, const char *value)
{
	assert_text(f->config.headers[at].name, name);
	assert_text(f->config.headers[at].value, value);
}

static void test_impersonation(void **state)
{
	struct fixture f;
	load_begin(&f, USER("{token: abc, as: system:serviceaccount:ml:x, as-uid: u-7, as-groups: [one, two],"
			    " as-user-extra: {Acme.com/Project: [p1, p2], scopes: [view]}}"));
	if (!load(&f, NULL))
		fail_msg("%s", f.err.message);
	assert_header(&f, 0, "Impersonate-User", "system:serviceaccount:ml:x");
	assert_header(&f, 1, "Impersonate-Uid", "u-7");
	assert_header(&f, 2, "Impersonate-Group", "one");
	assert_header(&f, 3, "Impersonate-Group", "two");
	assert_header(&f, 4, "Impersonate-Extra-acme.com%2Fproject", "p1");
	assert_header(&f, 5, "Impersonate-Extra-acme.com%2Fproject", "p2");
	assert_header(&f, 6, "Impersonate-Extra-scopes", "view");
	assert_null(f.config.headers[7].name);
	load_end(&f);
}

static void test_exec(void **state)
{
	struct fixture f;
	load_begin(&f, CONTEXTS
		"clusters: [{name: c, cluster: {server: 'https://h', certificate-authority: pki/ca.crt, "
		"tls-server-name: "
		"t,\n  extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: a}}]}}]\n"
		"users: [{name: u, user: {exec: {command: ./bin/login, args: [get, token], installHint: get it,\n"
		"  env: [{name: A, value: b=c}], " V1 "beta1, provideClusterInfo: true}}}]\n");
	if (!load(&f, NULL))
		fail_msg("%s", f.err.message);
	const struct kube_exec *exec = &f.config.exec;
	assert_text(exec->command, "/k/./bin/login");
	assert_text(exec->install_hint, "get it");
	assert_int_equal(exec->arguments.count, 3);
	assert_text(exec->arguments.own_items[1], "token");
	assert_null(exec->arguments.own_items[2]);
	assert_int_equal(exec->variables.count, 3);
	assert_text(exec->variables.own_items[0], "A=b=c");
	assert_text(exec->variables.own_items[1],
		"KUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/"
		"v1beta1\","
		"\"spec\":{\"cluster\":{\"server\":\"https://"
		"h\",\"tls-server-name\":\"t\",\"config\":{\"audience\":\"a\"},"
		"\"certificate-authority-data\":\"" PEM64 "\"},\"interactive\":false}}");
	load_end(&f);
}

static void test_exec_without_cluster(void **state)
{
	struct fixture f;
	load_begin(&f, EXEC("command: gke-gcloud-auth-plugin, " V1 ", interactiveMode: IfAvailable"));
	if (!load(&f, NULL))
		fail_msg("%s", f.err.message);
	assert_text(f.config.exec.command, "gke-gcloud-auth-plugin"); /* looked for along PATH */
	assert_text(f.config.exec.variables.own_items[0],
		"KUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
		"\"spec\":{\"interactive\":false}}");
	load_end(&f);
}

/* What stands in the entry itself is enough. */
static void test_exec_is_not_needed(void **state)
{
	static const char *const users[] = {USER("{token: abc, exec: {command: c}}"),
		USER("{tokenFile: token, exec: {command: c}}"),
		USER("{client-certificate: u.crt, client-key: /abs/u.key, exec: {command: c}}")};
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		struct fixture f;
		load_begin(&f, users[i]);
		if (!load(&f, NULL))
			fail_msg("%s", f.err.message);
		assert_null(f.config.exec.command);
		load_end(&f);
	}
}

struct bad {
	const char *text, *context, *message; /* message without "kubeconfig /k/config: " */
};

static const struct bad bads[] = {
	{NULL, NULL, "cannot read /k/config: No such file or directory"},
	{"", NULL, "not a kubeconfig: it must be a mapping with clusters, users and contexts"},
	{"- a\n", NULL, "not a kubeconfig: it must be a mapping with clusters, users and contexts"},
	{"a: b\nc: [\n", NULL, "line 3: did not find expected node content"},
	{"a: \xff\xfe\n", NULL, "line 1: invalid leading UTF-8 octet"},
	{"a: 1\na: 2\n", NULL, "line 2: \"a\" a second time"},
	{"a: &x 1\nb: *x\n", NULL, "line 2: aliases are refused"},
	{"? [a]\n: b\n", NULL, "line 1: a name must be a plain text"},
	{"a: \"b\\0c\"\n", NULL, "line 1: a NUL character"},
	{"[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]", NULL, "line 1: nested too deeply"},
	{"clusters: []\n", NULL, "no current-context; choose one with --context"},
	{"current-context: x\n", NULL, "context \"x\" is not in contexts"},
	{CONTEXTS CLUSTERS, "z", "context \"z\" is not in contexts"},
	{"current-context: x\ncontexts: [{name: x, context: {user: u}}]\n", NULL, "context \"x\" names no cluster"},
	{CONTEXTS, NULL, "context \"x\" names cluster \"c\", which is not in clusters"},
	{CONTEXTS CLUSTERS, NULL, "context \"x\" names user \"u\", which is not in users"},
	{CONTEXTS "clusters: [{name: c, cluster: {server: 'https://a'}}, {name: c, cluster: {server: 'https://b'}}]\n",
		NULL, "\"c\" stands twice in clusters"},
	{CLUSTER("{}"), NULL, "cluster \"c\" has no server"},
	{CLUSTER("{server: [a]}"), NULL, "cluster \"c\" has no server"},
	{CLUSTER("{server: '127.0.0.1:6443'}"), NULL,
		"cluster \"c\" has server \"127.0.0.1:6443\"; it must look like https://HOST:PORT"},
	{CLUSTER("{server: 'https://u:p@h'}"), NULL,
		"cluster \"c\" has a server with credentials in it; they belong into users"},
	{CLUSTER("{server: 'https:///'}"), NULL,
		"cluster \"c\" has server \"https:///\"; it must look like https://HOST:PORT"},
	{CLUSTER("{server: 'https://h', insecure-skip-tls-verify: maybe}"), NULL,
		"cluster \"c\" has insecure-skip-tls-verify \"maybe\"; it must be true or false"},
	{CLUSTER("{server: 'https://h', insecure-skip-tls-verify: true, certificate-authority: pki/ca.crt}"), NULL,
		"cluster \"c\" has both a certificate-authority and insecure-skip-tls-verify; remove one"},
	{CLUSTER("{server: 'https://h', proxy-url: 'ftp://p'}"), NULL,
		"cluster \"c\" has a proxy-url that does not begin with http://, https:// or socks5://"},
	{CLUSTER("{server: 'https://h', certificate-authority-data: '%%%'}"), NULL,
		"cluster \"c\" has certificate-authority-data that is not base64 of a PEM text"},
	{CLUSTER("{server: 'https://h', certificate-authority-data: aGVsbG8=}"), NULL,
		"cluster \"c\" has certificate-authority-data that is not base64 of a PEM text"},
	{CLUSTER("{server: 'https://h', certificate-authority: ca.crt}"), NULL,
		"cluster \"c\", certificate-authority: cannot read /k/ca.crt: No such file or directory"},
	{CLUSTER("{server: 'https://h', certificate-authority: empty}"), NULL,
		"cluster \"c\" names the certificate-authority /k/empty, which is empty"},
	{USER("{client-key-data: " PEM64 "}"), NULL, "user \"u\" has a client-key without a client-certificate"},
	{USER("{client-certificate: u.crt}"), NULL, "user \"u\" has a client-certificate without a client-key"},
	{USER("{tokenFile: nowhere}"), NULL,
		"user \"u\", tokenFile: cannot read /k/nowhere: No such file or directory"},
	{USER("{token: \"a\\nb\"}"), NULL, "user \"u\" has a token with white space in it"},
	{USER("{auth-provider: {name: gcp}}"), NULL,
		"user \"u\" has auth-provider, which is not supported; use exec, a token, a tokenFile or a client "
		"certificate"},
	{USER("{username: a, password: b}"), NULL,
		"user \"u\" has username, which is not supported; use exec, a token, a tokenFile or a client "
		"certificate"},
	{USER("{as-groups: [a]}"), NULL, "user \"u\" has as-groups without as, the user to act as"},
	{USER("{as: a, as-groups: b}"), NULL, "user \"u\" has something for Impersonate-Group that is no list"},
	{USER("{as: \"a\\nb\"}"), NULL, "user \"u\" has a value for Impersonate-User that is no plain text"},
	{USER("{as: a, as-groups: [b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b,b]}"), NULL,
		"user \"u\" has more than 24 names in as, as-groups and as-user-extra together"},
	{EXEC("command: c"), NULL,
		"user \"u\" has exec with apiVersion \"\"; it must be client.authentication.k8s.io/v1 or "
		"client.authentication.k8s.io/v1beta1"},
	{EXEC("command: c, apiVersion: client.authentication.k8s.io/v1alpha1"), NULL,
		"user \"u\" has exec with apiVersion \"client.authentication.k8s.io/v1alpha1\"; it must be "
		"client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1"},
	{EXEC("command: c, apiVersion: client.authentication.k8s.io/v1"), NULL,
		"user \"u\" has exec without interactiveMode; client.authentication.k8s.io/v1 needs Never or "
		"IfAvailable"},
	{EXEC("command: c, " V1 ", interactiveMode: Always"), NULL,
		"user \"u\" has exec with interactiveMode Always, but nobody is here to be asked; use a plugin that "
		"needs no person"},
	{EXEC("command: c, " V1 ", interactiveMode: Often"), NULL,
		"user \"u\" has exec with interactiveMode \"Often\"; it must be Never, IfAvailable or Always"},
	{EXEC(V1 ", interactiveMode: Never"), NULL, "user \"u\" has exec without a command"},
	{EXEC("command: c, " V1 ", interactiveMode: Never, args: [[a]]"), NULL,
		"user \"u\" has exec with an argument that is no text"},
	{EXEC("command: c, " V1 ", interactiveMode: Never, env: [{value: a}]"), NULL,
		"user \"u\" has exec with a variable without a name"},
	{EXEC("command: c, " V1 ", interactiveMode: Never, provideClusterInfo: 7"), NULL,
		"user \"u\" has provideClusterInfo \"7\"; it must be true or false"},
};

static void test_bad(void **state)
{
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		struct fixture f;
		load_begin(&f, bads[i].text);
		f.config.own_server = mem_strdup("as before");
		if (load(&f, bads[i].context))
			fail_msg("taken: %s", bads[i].text);
		char want[800];
		snprintf(want, sizeof(want), "kubeconfig /k/config: %s", bads[i].message);
		assert_text(f.err.message, want);
		assert_int_equal(f.err.class, ERROR_REJECTED);
		assert_text(f.config.own_server, "as before");
		load_end(&f);
	}
}

static void test_bounds(void **state)
{
	struct fixture f;
	AUTO_STR struct str text = {0};
	for (int i = 0; i < 30000; i++)
		str_addf(&text, "- %d\n", i);
	load_begin(&f, str_text(&text));
	assert_false(load(&f, NULL));
	assert_non_null(strstr(f.err.message, ": too many entries"));
	load_end(&f);
	str_clear(&text);
	while (text.length <= 1024 * 1024)
		str_adds(&text, "# a comment that goes on and on\n");
	load_begin(&f, str_text(&text));
	assert_false(load(&f, NULL));
	assert_text(f.err.message, "kubeconfig /k/config: cannot read /k/config: it is too large");
	load_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inline_everything),
		cmocka_unit_test(test_files_are_relative_to_the_kubeconfig),
		cmocka_unit_test(test_json_and_another_context),
		cmocka_unit_test(test_no_credentials_over_plain_http),
		cmocka_unit_test(test_impersonation),
		cmocka_unit_test(test_exec),
		cmocka_unit_test(test_exec_without_cluster),
		cmocka_unit_test(test_exec_is_not_needed),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
