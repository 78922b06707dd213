/* Which configuration wins: kubeconfig files one over the other, and a pod's service account. */
#include "rig.h"

#define PEM "-----BEGIN X-----\n"
#define MOUNT "/var/run/secrets/kubernetes.io/serviceaccount/"

struct fixture {
	struct fake_env env;
	struct kube_config config;
	struct kube_config_options options;
	struct error err;
};

static void begin(struct fixture *f)
{
	*f = (struct fixture){0};
	fake_env_init(&f->env, NULL, 1);
	fake_env_file(&f->env, "/a/config",
		"current-context: one\n"
		"contexts: [{name: one, context: {cluster: c, user: u, namespace: first}}]\n"
		"users: [{name: u, user: {tokenFile: token}}, {name: v, user: {token: vv}}]\n");
	fake_env_file(&f->env, "/b/config",
		"current-context: two\n"
		"contexts: [{name: one, context: {cluster: other}}, {name: two, context: {cluster: c, user: v}}]\n"
		"users: [{name: u, user: {token: not-this}}]\n"
		"clusters: [{name: c, cluster: {server: 'https://b', certificate-authority: ca.crt}}]\n");
	fake_env_file(&f->env, "/a/token", "abc\n");
	fake_env_file(&f->env, "/b/ca.crt", PEM);
	fake_env_file(&f->env, "/home/me/.kube/config",
		"current-context: x\ncontexts: [{name: x, context: {cluster: c}}]\n"
		"clusters: [{name: c, cluster: {server: 'https://home'}}]\n");
}

static void finish(struct fixture *f)
{
	kube_config_done(&f->config);
	fake_env_done(&f->env);
}

static bool load(struct fixture *f)
{
	f->err = (struct error){0};
	kube_config_done(&f->config);
	return kube_config_load(&f->env.env, &f->options, &f->config, &f->err);
}

static void loaded(struct fixture *f, const char *server)
{
	if (!load(f))
		fail_msg("%s", f->err.message);
	assert_string_equal(f->config.own_server, server);
}

static void refused(struct fixture *f, const char *message)
{
	assert_false(load(f));
	assert_string_equal(f->err.message, message);
	assert_int_equal(f->err.class, ERROR_REJECTED);
}

static void test_conflicting_current_context(void **state)
{
	struct fixture f;
	begin(&f);
	fake_env_variable(&f.env, "KUBECONFIG", "/a/config:/b/config");
	loaded(&f, "https://b");
	assert_string_equal(f.config.own_namespace, "first");
	assert_string_equal(f.config.own_token_file, "/a/token"); /* the whole entry, beside its own file */
	assert_null(f.config.own_token);
	assert_string_equal(f.config.peer.ca_file, "/b/ca.crt");
	fake_env_variable(&f.env, "KUBECONFIG", "/b/config:/a/config");
	loaded(&f, "https://b");
	assert_string_equal(f.config.own_token, "vv");
	f.options.context = "one";
	refused(&f, "kubeconfig /b/config: context \"one\" names cluster \"other\", which is not in clusters");
	finish(&f);
}

static void test_user_flag(void **state)
{
	struct fixture f;
	begin(&f);
	fake_env_variable(&f.env, "KUBECONFIG", "/a/config:/b/config");
	f.options.user = "v";
	loaded(&f, "https://b");
	assert_string_equal(f.config.own_token, "vv");
	f.options.context = "two";
	f.options.user = "u";
	loaded(&f, "https://b");
	assert_string_equal(f.config.own_token_file, "/a/token");
	f.options.user = "w";
	refused(&f, "kubeconfig /b/config: user \"w\" is not in users");
	finish(&f);
}

static void test_tolerating_missing_files(void **state)
{
	struct fixture f;
	begin(&f);
	fake_env_variable(&f.env, "KUBECONFIG", ":/none/1:/a/config:/a/config::/none/2:/empty:/b/config:");
	fake_env_file(&f.env, "/empty", "");
	loaded(&f, "https://b");
	assert_string_equal(f.config.own_namespace, "first");
	fake_env_variable(&f.env, "KUBECONFIG", "/none/1:/none/2");
	refused(&f, "kubeconfig /none/1:/none/2: none of the files that KUBECONFIG names is there");
	fake_env_variable(&f.env, "KUBECONFIG", "/none/1");
	refused(&f, "kubeconfig /none/1: cannot read /none/1: No such file or directory");
	finish(&f);
}

static void test_one_bad_file_spoils_the_list(void **state)
{
	struct fixture f;
	begin(&f);
	fake_env_variable(&f.env, "KUBECONFIG", "/a/config:/bad:/b/config");
	fake_env_file(&f.env, "/bad", "a: [\n");
	refused(&f, "kubeconfig /bad: line 2: did not find expected node content");
	fake_env_file(&f.env, "/bad", "users: [{name: q, user: {}}, {name: q, user: {}}]");
	f.options.user = "q";
	refused(&f, "kubeconfig /bad: \"q\" stands twice in users");
	AUTO_STR struct str list = {0};
	for (int i = 0; i < 17; i++)
		str_addf(&list, "/%d:", i);
	fake_env_variable(&f.env, "KUBECONFIG", str_text(&list));
	assert_false(load(&f));
	assert_non_null(strstr(f.err.message, "more than 16 files"));
	finish(&f);
}

static void test_non_existent_command_line_file(void **state)
{
	struct fixture f;
	begin(&f);
	fake_env_variable(&f.env, "KUBECONFIG", "/a/config:/b/config");
	f.options.path = "/none";
	refused(&f, "kubeconfig /none: cannot read /none: No such file or directory");
	f.options.path = "/home/me/.kube/config";
	loaded(&f, "https://home");
	finish(&f);
}

static void test_home(void **state)
{
	struct fixture f;
	begin(&f);
	refused(&f, "kubeconfig: there is none: give --kubeconfig FILE, set KUBECONFIG, or run in a pod with a service "
		    "account");
	fake_env_variable(&f.env, "HOME", "/home/you");
	refused(&f,
		"kubeconfig /home/you/.kube/config: there is none: give --kubeconfig FILE, set KUBECONFIG, or run in "
		"a pod with a service account");
	fake_env_variable(&f.env, "HOME", "/home/me");
	fake_env_variable(&f.env, "KUBECONFIG", "");
	loaded(&f, "https://home");
	fake_env_file(&f.env, "/home/me/.kube/config", "[");
	assert_false(load(&f));
	assert_non_null(strstr(f.err.message, "kubeconfig /home/me/.kube/config: line "));
	finish(&f);
}

static void pod(struct fixture *f, const char *host)
{
	begin(f);
	fake_env_variable(&f->env, "HOME", "/home/me");
	fake_env_variable(&f->env, "KUBERNETES_SERVICE_HOST", host);
	fake_env_variable(&f->env, "KUBERNETES_SERVICE_PORT", "443");
	fake_env_file(&f->env, MOUNT "token", "abc");
	fake_env_file(&f->env, MOUNT "ca.crt", PEM);
	fake_env_file(&f->env, MOUNT "namespace", "ml\n");
}

static void test_in_cluster(void **state)
{
	struct fixture f;
	pod(&f, "10.0.0.1");
	loaded(&f, "https://10.0.0.1:443");
	assert_string_equal(f.config.own_token_file, MOUNT "token");
	assert_string_equal(f.config.peer.ca_file, MOUNT "ca.crt");
	assert_string_equal(f.config.own_namespace, "ml");
	fake_env_file(&f.env, MOUNT "namespace", NULL);
	loaded(&f, "https://10.0.0.1:443");
	assert_null(f.config.own_namespace);
	finish(&f);
	pod(&f, "fd00::1");
	loaded(&f, "https://[fd00::1]:443");
	finish(&f);
}

static void test_in_cluster_comes_after_named_files(void **state)
{
	struct fixture f;
	pod(&f, "10.0.0.1");
	f.options.path = "/home/me/.kube/config";
	loaded(&f, "https://home");
	f.options.path = NULL;
	fake_env_variable(&f.env, "KUBECONFIG", "/a/config:/b/config");
	loaded(&f, "https://b");
	fake_env_variable(&f.env, "KUBECONFIG", NULL);
	fake_env_variable(&f.env, "KUBERNETES_SERVICE_PORT", NULL);
	loaded(&f, "https://home"); /* no pod after all */
	finish(&f);
}

static void test_in_cluster_without_its_files(void **state)
{
	struct fixture f;
	pod(&f, "10.0.0.1");
	f.options.context = "x";
	refused(&f, "--context needs a kubeconfig, but we run in a pod without one");
	f.options.context = NULL;
	fake_env_file(&f.env, MOUNT "ca.crt", "");
	refused(&f, "the pod's service account (is automountServiceAccountToken off?): " MOUNT "ca.crt is empty");
	fake_env_file(&f.env, MOUNT "token", NULL);
	refused(&f, "the pod's service account (is automountServiceAccountToken off?): cannot read " MOUNT
		    "token: No such file or directory");
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_conflicting_current_context),
		cmocka_unit_test(test_user_flag),
		cmocka_unit_test(test_tolerating_missing_files),
		cmocka_unit_test(test_one_bad_file_spoils_the_list),
		cmocka_unit_test(test_non_existent_command_line_file),
		cmocka_unit_test(test_home),
		cmocka_unit_test(test_in_cluster),
		cmocka_unit_test(test_in_cluster_comes_after_named_files),
		cmocka_unit_test(test_in_cluster_without_its_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
