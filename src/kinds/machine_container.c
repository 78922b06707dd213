/* The cloud-init text by which Container-Optimized OS runs one container: a script, and the unit that keeps it running. Both are
 * written at every boot, since /etc does not outlive one. What users wrote reaches the shell in single quotes only, and holds no
 * line breaks. The host's own firewall is opened: which ports are reached is for the network's rules to say. */
#include <string.h>

#include "kinds/internal.h"
#include "kinds/machine.h"
#include "kinds/training.h"

enum { TEXT_MAX = 16 * 1024 * 1024 }; /* more than the words that a spec can hold, each letter a quote */

#define SCRIPT_INDENT "    "

/* One line of the script. */
static void line(struct str *out, const char *text)
{
	str_addf(out, SCRIPT_INDENT "%s\n", text);
}

/* A word for the shell: 'it'\''s' */
static void add_word(struct str *out, const char *text)
{
	str_adds(out, " '");
	for (; *text; text++) {
		if (*text == '\'')
			str_adds(out, "'\\''");
		else
			str_add(out, text, 1);
	}
	str_adds(out, "'");
}

/* One more word, or a flag with its value, for docker run. */
static void option(struct str *out, const char *flag, const char *value)
{
	str_adds(out, SCRIPT_INDENT "set -- \"$@\"");
	add_word(out, arena_printf(json_arena(), "%s%s", flag, value));
	str_adds(out, "\n");
}

/* "us-docker.pkg.dev" of an image there; NULL: somebody else's, where the service account is nobody. */
static char *google_registry(const char *image)
{
	size_t length = strcspn(image, "/");
	char *host = arena_strndup(json_arena(), image, length);

	if (image[length] != '/')
		return NULL;
	return text_ends(host, ".pkg.dev") || text_ends(host, ".gcr.io") || text_equal(host, "gcr.io") ? host : NULL;
}

static void add_login(struct str *out, const char *image)
{
	const char *registry = google_registry(image);

	line(out, "export HOME=/home/tflb");
	line(out, "mkdir -p \"$HOME\"");
	if (registry)
		line(out,
			arena_printf(json_arena(), "docker-credential-gcr configure-docker --registries=%s", registry));
}

static void add_network(struct str *out, const struct lb_spec *spec, const struct lb_pool *pool)
{
	int64_t port = lb_forwarded_port(spec, pool);

	line(out, "iptables -w -C INPUT -p tcp -j ACCEPT || iptables -w -A INPUT -p tcp -j ACCEPT");
	if (port == LB_ABSENT)
		return;
	line(out, arena_printf(json_arena(), "forward='PREROUTING -p tcp --dport %lld -j REDIRECT --to-ports %lld'",
			  (long long)port, (long long)lb_pool_template(spec, pool)->container.port));
	line(out, "iptables -w -t nat -C $forward || iptables -w -t nat -A $forward");
}

/* The driver's files lie where nothing may be executed, unless the folder is mounted so. */
static void add_driver(struct str *out)
{
	line(out, "cos-extensions install gpu");
	line(out, "mountpoint -q /var/lib/nvidia || mount --bind /var/lib/nvidia /var/lib/nvidia");
	line(out, "mount -o remount,exec /var/lib/nvidia");
}

static void add_gpus(struct str *out)
{
	option(out, "--volume=/var/lib/nvidia/lib64:", "/usr/local/nvidia/lib64");
	option(out, "--volume=/var/lib/nvidia/bin:", "/usr/local/nvidia/bin");
	line(out, "for device in /dev/nvidia[0-9]* /dev/nvidia-uvm /dev/nvidiactl; do");
	line(out, "  set -- \"$@\" --device=\"$device\"");
	line(out, "done");
}

/* docker takes its value from the script's own. */
static void add_task(struct str *out)
{
	for (const char *const *text = training_lines(); *text; text++)
		line(out, *text);
}

static void add_options(struct str *out, const struct lb_container *container, bool has_task)
{
	line(out, "set -- --rm --name=tflb --network=host");
	if (has_task)
		option(out, "--env=", "TF_CONFIG");
	for (size_t i = 0; i < container->env.count; i++) {
		const struct lb_env *env = &container->env.items[i];

		option(out, "--env=", arena_printf(json_arena(), "%s=%s", env->name, env->value ? env->value : ""));
	}
	for (size_t i = 0; i < container->mounts.count; i++) {
		const struct lb_mount *mount = &container->mounts.items[i];

		option(out, "--volume=",
			arena_printf(json_arena(), "%s:%s%s", mount->host_path, mount->mount_path,
				mount->read_only ? ":ro" : ""));
	}
	if (container->shm_size_mb != LB_ABSENT)
		option(out, "--shm-size=", arena_printf(json_arena(), "%lldm", (long long)container->shm_size_mb));
	if (container->privileged)
		option(out, "--privileged", "");
	if (container->command.count)
		option(out, "--entrypoint=", container->command.items[0]);
}

/* docker knows one word of an entry point: the others come before the arguments. */
static void add_run(struct str *out, const struct lb_container *container)
{
	option(out, container->image, "");
	for (size_t i = 1; i < container->command.count; i++)
		option(out, container->command.items[i], "");
	for (size_t i = 0; i < container->args.count; i++)
		option(out, container->args.items[i], "");
	str_adds(out, SCRIPT_INDENT "until docker pull");
	add_word(out, container->image);
	str_adds(out, "; do sleep 10; done\n");
	line(out, "docker rm --force tflb || true");
	line(out, "exec docker run \"$@\"");
}

static void add_script(struct str *out, const struct lb_spec *spec, const struct lb_pool *pool)
{
	const struct lb_template *template = lb_pool_template(spec, pool);
	const struct lb_container *container = &template->container;
	bool gpus = lb_template_has_gpus(template);

	str_adds(out, "- path: /etc/tflb/container\n  owner: root\n  permissions: \"0644\"\n  content: |\n");
	line(out, "set -eu");
	add_login(out, container->image);
	add_network(out, spec, pool);
	if (gpus && text_equal(template->gpu_driver, "Auto"))
		add_driver(out);
	if (pool->role)
		add_task(out);
	add_options(out, container, pool->role);
	if (gpus && text_equal(container->gpus, "All"))
		add_gpus(out);
	add_run(out, container);
}

static const char *restart_of(const struct lb_container *container)
{
	if (text_equal(container->restart_policy, "Always"))
		return "always";
	return text_equal(container->restart_policy, "OnFailure") ? "on-failure" : "no";
}

static void add_unit(struct str *out, const struct lb_container *container)
{
	str_adds(out, "- path: /etc/systemd/system/tflb-container.service\n  owner: root\n  permissions: \"0644\"\n"
		      "  content: |\n");
	line(out, "[Unit]");
	line(out, "Description=The container of spec.template.container");
	line(out, "Wants=network-online.target docker.service");
	line(out, "After=network-online.target docker.service");
	line(out, "StartLimitIntervalSec=0");
	line(out, "[Service]");
	line(out, "ExecStart=/bin/sh /etc/tflb/container");
	line(out, "ExecStop=-/usr/bin/docker stop tflb");
	line(out, arena_printf(json_arena(), "Restart=%s", restart_of(container)));
	line(out, "RestartSec=5");
}

char *machine_user_data(const struct lb_spec *spec, const struct lb_pool *pool)
{
	AUTO_STR struct str out = STR_INIT(TEXT_MAX);

	str_adds(&out, "#cloud-config\nwrite_files:\n");
	add_script(&out, spec, pool);
	add_unit(&out, &lb_pool_template(spec, pool)->container);
	str_adds(&out, "runcmd:\n- systemctl daemon-reload\n- systemctl start --no-block tflb-container.service\n");
	return arena_strdup(json_arena(), str_text(&out));
}
